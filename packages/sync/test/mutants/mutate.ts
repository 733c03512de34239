/**
 * The mutants of a source file, and one text that holds them all.
 *
 * A mutant leaves out one statement, or negates one condition. All of them are built into the same text (this is called
 * mutant schemata), each behind a question to `mutantRunner.ts` whether it is the active one. So a file is parsed and
 * compiled once, whatever the number of its mutants; and as every statement asks, the tests that reach it are known.
 *
 * Left out are statements without effect (declarations, types, imports, a last `return` without a value) and what only
 * says something (`toString`, `toJSON`, the message of what is thrown).
 */
import ts from "typescript-6"

export interface Mutant {
  /** Below `packages/sync/src`. */
  readonly file: string
  /** What is done to which text, in one line. With the file, and `nth` where it occurs again, this names the mutant. */
  readonly text: string
  /** 1 for the first mutant with this text in the file. */
  readonly nth: number
  readonly line: number
}

export interface Mutated {
  readonly mutants: ReadonlyArray<Mutant>
  /** The source with all mutants in it; the first one asks for the number `first`, the others follow. */
  readonly code: string
}

/** The functions that the mutated code calls. */
export const isActive = "$isMutant"
export const negate = "$negated"

const unspoken = new Set(["toString", "toJSON", "[Inspectable.NodeInspectSymbol]"])
const longest = 120

type Add = (what: string, node: ts.Node, open: (id: number) => string, close: string) => void

export const mutate = (file: string, source: string, first: number): Mutated => {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)
  const mutants: Array<Mutant> = []
  const opens = new Map<number, string>()
  const closes = new Map<number, string>()
  const counts = new Map<string, number>()
  // Nodes are visited from outside in: what opens later at a place opens inside, and what is closed later is closed first.
  const add: Add = (what, node, open, close) => {
    const start = node.getStart(tree)
    const text = `${what} ${short(node.getText(tree))}`
    const nth = (counts.get(text) ?? 0) + 1
    counts.set(text, nth)
    opens.set(start, (opens.get(start) ?? "") + open(first + mutants.length))
    closes.set(node.end, close + (closes.get(node.end) ?? ""))
    mutants.push({ file, text, nth, line: tree.getLineAndCharacterOfPosition(start).line + 1 })
  }
  ts.forEachChild(tree, (child) => visit(child, add))
  return { mutants, code: insert(source, opens, closes) }
}

const short = (text: string): string => {
  const line = text.replaceAll(/\s*\/\/.*$/gm, "").replaceAll(/\s+/g, " ")
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line
}

const insert = (source: string, opens: Map<number, string>, closes: Map<number, string>): string => {
  const places = [...new Set([...opens.keys(), ...closes.keys()])].sort((a, b) => a - b)
  let code = ""
  let from = 0
  for (const place of places) {
    code += source.slice(from, place) + (closes.get(place) ?? "") + (opens.get(place) ?? "")
    from = place
  }
  return code + source.slice(from)
}

const visit = (node: ts.Node, add: Add): void => {
  if (ts.isTypeNode(node) || isUnspoken(node)) return
  if (isStatementWithEffect(node)) add("delete", node, (id) => `{if(!${isActive}(${id})){`, "}}")
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body) && !isUndefined(node.body)) {
    add("delete =>", node.body, (id) => `(${isActive}(${id})?undefined:(`, "))")
  }
  if (isCondition(node)) add("negate", node, (id) => `${negate}(${id},`, ")")
  if (ts.isThrowStatement(node)) return
  ts.forEachChild(node, (child) => visit(child, add))
}

const isUnspoken = (node: ts.Node): boolean =>
  (ts.isMethodDeclaration(node) || ts.isGetAccessor(node)) && unspoken.has(node.name.getText())

const isUndefined = (node: ts.Node | undefined): boolean =>
  node === undefined || (ts.isIdentifier(node) && node.text === "undefined")

const isStatementWithEffect = (node: ts.Node): boolean =>
  // To leave out one that has a single statement in it is to leave out that statement.
  isCompound(node) ? countSimple(node) > 1 : isSimpleWithEffect(node)

const isSimpleWithEffect = (node: ts.Node): boolean => {
  if (ts.isExpressionStatement(node)) return !isSuperCall(node.expression)
  if (ts.isReturnStatement(node)) return !(isUndefined(node.expression) && isLast(node))
  return ts.isThrowStatement(node) || ts.isBreakOrContinueStatement(node)
}

const isCompound = (node: ts.Node): boolean =>
  ts.isIfStatement(node) || ts.isIterationStatement(node, false) || ts.isSwitchStatement(node) ||
  ts.isTryStatement(node)

const countSimple = (node: ts.Node): number => {
  let count = isSimpleWithEffect(node) ? 1 : 0
  ts.forEachChild(node, (child) => {
    if (!ts.isFunctionLike(child)) count += countSimple(child)
  })
  return count
}

const isSuperCall = (node: ts.Expression): boolean =>
  ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword

/** Whether nothing of its function comes after a statement. */
const isLast = (node: ts.Node): boolean => {
  const { parent } = node
  if (ts.isBlock(parent)) {
    return parent.statements.at(-1) === node && (ts.isFunctionLike(parent.parent) || isLast(parent))
  }
  if (ts.isIfStatement(parent)) return isLast(parent)
  if (ts.isCaseOrDefaultClause(parent)) {
    return parent.statements.at(-1) === node && parent.parent.clauses.at(-1) === parent && isLast(parent.parent.parent)
  }
  return false
}

/** What decides: the test of an `if`, a loop or `?:`, and each operand of a `&&` or `||` in it. */
const isCondition = (node: ts.Node): boolean =>
  ts.isExpression(node) && !ts.isParenthesizedExpression(node) && !isNegated(node) && isTested(node)

/** Whether nothing is asked of a value but whether it is truthy. */
const isTested = (node: ts.Node): boolean => {
  const { parent } = node
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent)) {
    return parent.expression === node
  }
  if (ts.isConditionalExpression(parent) || ts.isForStatement(parent)) return parent.condition === node
  if (ts.isParenthesizedExpression(parent)) return isTested(parent)
  return isNegation(parent) || (isLogical(parent) && (parent.left === node || isTested(parent)))
}

/** To negate `x` in `!x` is to negate `!x`. */
const isNegated = ({ parent }: ts.Node): boolean =>
  ts.isParenthesizedExpression(parent) ? isNegated(parent) : isNegation(parent)

const isNegation = (node: ts.Node): boolean =>
  ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken

const isLogical = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) &&
  (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    node.operatorToken.kind === ts.SyntaxKind.BarBarToken)
