import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { controls } from "./controls.ts"
import { channelLaws } from "./laws.ts"
import { subjects } from "./subjects.ts"

// generous, for machines that are busy
const timeout = 60_000

const lawsOf = (bounded: boolean) => channelLaws.filter(({ boundedOnly }) => bounded || boundedOnly !== true)

for (const { bounded, make, name } of subjects) {
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
