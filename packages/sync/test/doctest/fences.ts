/**
 * Finds the examples of a source or Markdown file, and turns each into a module that checks what the example asserts.
 *
 * An example is a fence opened by "```ts import.meta.vitest". In it `expression // => expected` (the comment stands
 * behind the last line of the statement, at top level or in a nested function) asserts that both are equal;
 * `const x = expression // => expected` asserts the initializer. The rest just runs.
 */
import { relative, resolve } from "node:path"
import { type ESTree, parseSync, Visitor } from "vite"

export interface Fence {
  /** The line of the opening fence, counted from 1. */
  readonly line: number
  readonly title: string | undefined
  /** The example, on the same lines as in the file: all other lines are blank. */
  readonly code: string
}

export const root = resolve(import.meta.dirname, "../../../..")

const opening = /^(\s*(?:\* ?)?)```ts import\.meta\.vitest\s*$/
const heading = /\*\*Example\*\* \((.*)\)\s*$/

/** The examples of a file, in order. */
export const findFences = (file: string, text: string): ReadonlyArray<Fence> => {
  const lines = text.split("\n")
  const found: Array<Fence> = []
  for (let open = 0; open < lines.length; open++) {
    const prefix = opening.exec(lines[open]!)?.[1]
    if (prefix === undefined) continue
    let close = open + 1
    while (close < lines.length && lines[close]!.trimEnd() !== prefix + "```") close++
    if (close === lines.length) throw new Error(`${relative(root, file)}:${open + 1}: this example is never closed`)
    found.push({
      line: open + 1,
      title: lines.slice(Math.max(0, open - 2), open).flatMap((line) => heading.exec(line)?.[1] ?? [])[0],
      code: lines.map((line, i) => open < i && i < close ? line.slice(prefix.length) : "").join("\n")
    })
    open = close
  }
  return found
}

/** The example as a module: its assertions become calls of `$expect`, and every statement keeps its line. */
export const toModule = (file: string, { code }: Fence): string => {
  const fail = (offset: number, message: string): never => {
    throw new SyntaxError(`${relative(root, file)}:${code.slice(0, offset).split("\n").length}: ${message}`)
  }
  const { comments, errors, program } = parseSync("example.ts", code, { lang: "ts", sourceType: "module" })
  for (const error of errors) fail(error.labels[0]?.start ?? 0, error.message)

  const expectations = comments.filter((comment) => comment.value.startsWith(" =>"))
  const asserted = new Map<number, ESTree.Expression>()
  const assertable = (statement: ESTree.Node, expression: ESTree.Expression | null | undefined) => {
    const comment = expectations.find((comment) => comment.start >= statement.end)
    if (comment && expression && /^[ ;]*$/.test(code.slice(statement.end, comment.start))) {
      asserted.set(comment.start, expression)
    }
  }
  new Visitor({
    ExpressionStatement: (node) => assertable(node, node.expression),
    VariableDeclaration: (node) => assertable(node, node.declarations.at(-1)?.init)
  }).visit(program)

  const edits = expectations.flatMap(({ start, value }) => {
    const expression = asserted.get(start) ?? fail(start, `//${value} stands behind no expression`)
    const expected = value.slice(" =>".length).trim()
    const { errors } = parseSync("expected.ts", `(${expected})`, { lang: "ts", sourceType: "module" })
    if (errors.length > 0) fail(start, `${expected} is no expression`)
    return [[expression.start, "$expect(("], [expression.end, `), (${expected}))`]] as const
  })
  const module = edits
    .sort(([a], [b]) => b - a)
    .reduce((text, [at, insert]) => text.slice(0, at) + insert + text.slice(at), code)
  return `import { $expect } from ${JSON.stringify(resolve(import.meta.dirname, "expect.ts"))};${module}`
}
