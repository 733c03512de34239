import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { examples } from "../src/examples.ts"
import { svg } from "../src/svg.ts"
import { repository } from "../src/tour.ts"

const texts = (picture: string) => [...picture.matchAll(/<text x="([\d.]+)" y="(\d+)" .*?>(.*)<\/text>/g)]

describe("the picture", () => {
  it("has a text for each run of words, where its column and line are", () => {
    const picture = svg(["one two   three", "", "  \x1b[36mfour\x1b[0m five"], 20)
    assert.deepStrictEqual(texts(picture).map(([, x, y, text]) => [x, y, text]), [
      ["16.0", "44", "one two"],
      ["100.0", "44", "three"],
      ["32.8", "82", "four"],
      ["74.8", "82", "five"]
    ])
    assert.include(picture, "textLength=\"33.6\" class=\"c\">four<")
  })

  it("says what it shows, whatever signs are in it", () => {
    assert.strictEqual(texts(svg(["a<b> && \"c\""], 20))[0]?.[3], "a&lt;b&gt; &amp;&amp; \"c\"")
  })

  it.effect("in docs/tour.svg is of the examples there are; else: npm run tour:picture", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const words = texts(yield* fs.readFileString(`${yield* repository}/docs/tour.svg`)).map(([, , , text]) => text)
      assert.includeMembers(words, examples.map(({ name }) => name))
      assert.isTrue(words.some((text) => text?.includes(`in ${examples.length} programs`)))
    }).pipe(Effect.provide(NodeServices.layer)))
})
