/**
 * What a terminal shows, as a picture: text in the colours of the escape sequences in it, on a dark or a light ground as the
 * reader's system is.
 */

/** The width of a column and the height of a line. */
const [column, row] = [8.4, 19]
const [margin, top] = [16, 44]

/** By the number in the escape sequence. */
const classes: Readonly<Record<string, string>> = { 1: "b", 2: "d", 31: "r", 32: "g", 35: "m", 36: "c" }

const style = `
    .ground { fill: #ffffff; stroke: #d0d7de }
    text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328 }
    .b { font-weight: bold } .d { fill: #6e7781 } .r { fill: #cf222e } .g { fill: #116329 } .m { fill: #8250df } .c { fill: #0550ae }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117; stroke: #30363d }
      text { fill: #e6edf3 }
      .d { fill: #848d97 } .r { fill: #ff7b72 } .g { fill: #7ee787 } .m { fill: #d2a8ff } .c { fill: #79c0ff }
    }`

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (sign) => sign === "&" ? "&amp;" : sign === "<" ? "&lt;" : "&gt;")

interface Piece {
  readonly text: string
  readonly from: number
  readonly name: string | undefined
}

/** The words of a line with the column each begins in, and the class of its colour. Runs of spaces would shrink to one. */
const pieces = (line: string): ReadonlyArray<Piece> => {
  const found: Array<Piece> = []
  let [from, name]: [number, string | undefined] = [0, undefined]
  // oxlint-disable-next-line no-control-regex
  for (const [text, code] of line.matchAll(/\x1b\[(\d+)m|[^\s\x1b]+(?: [^\s\x1b]+)*|\s+/g)) {
    if (code !== undefined) {
      name = classes[code]
      continue
    }
    if (text.trim() !== "") found.push({ text, from, name })
    from += text.length
  }
  return found
}

/** The picture of these lines, so many columns wide. */
export const svg = (lines: ReadonlyArray<string>, columns: number): string => {
  const [width, height] = [Math.ceil(columns * column) + 2 * margin, lines.length * row + top + margin]
  const texts = lines.flatMap((line, i) =>
    pieces(line).map(({ from, name, text }) => {
      const x = (margin + from * column).toFixed(1)
      const length = (text.length * column).toFixed(1) // so that columns are columns in every font
      const className = name === undefined ? "" : ` class="${name}"`
      return `  <text x="${x}" y="${top + i * row}" textLength="${length}"${className}>${escaped(text)}</text>`
    })
  )
  const lights = ["#ff5f57", "#febc2e", "#28c840"].map((fill, i) =>
    `  <circle cx="${margin + 4 + i * 18}" cy="16" r="5" fill="${fill}"/>`
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `  <style>${style}\n  </style>`,
    `  <rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...lights,
    ...texts,
    "</svg>\n"
  ].join("\n")
}
