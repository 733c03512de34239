import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ways } from "../../queueBacked.ts"
import type { Subject } from "./channel.ts"
import { controls } from "./controls.ts"
import { channelLaws } from "./laws.ts"
import { channelOf, subjects } from "./subjects.ts"

// generous, for machines that are busy
const timeout = 60_000

const lawsOf = (bounded: boolean) => channelLaws.filter(({ boundedOnly }) => bounded || boundedOnly !== true)

// Whichever way is in use, both are tried.
const overQueues = ways.flatMap((way): ReadonlyArray<Subject> => [
  {
    name: `Mpsc over ${way.name}, bounded`,
    bounded: true,
    make: Effect.flatMap(way.bounded<number>(2), (halves) => channelOf(2, halves))
  },
  {
    name: `Mpsc over ${way.name}, unbounded`,
    bounded: false,
    make: Effect.flatMap(way.unbounded<number>(), (halves) => channelOf(Infinity, halves))
  }
])

for (const { bounded, make, name } of [...subjects, ...overQueues]) {
  describe(`laws of ${name}`, () => {
    for (const law of lawsOf(bounded)) {
      it.effect(`${law.guards}: ${law.name}`, () => law.check(make), timeout)
    }
  })
}

// A control that crashes or hangs proves nothing: it has to be found out by the law, in the law's words.
for (const { bounded, breaks, make, name } of controls) {
  describe(`control: ${name}`, () => {
    for (const law of lawsOf(bounded)) {
      const broken = breaks[law.name]
      it.effect(`${broken === undefined ? "keeps" : "breaks"} ${law.name}`, () =>
        Effect.gen(function*() {
          const found = yield* Effect.match(law.check(make), {
            onFailure: (error) => error.message,
            onSuccess: () => "kept"
          })
          assert.match(found, broken ?? /^kept$/)
        }), timeout)
    }
  })
}

it("every law is broken by a control", () => {
  const broken = new Set(controls.flatMap(({ breaks }) => Object.keys(breaks)))
  assert.sameMembers([...broken], channelLaws.map(({ name }) => name))
})
