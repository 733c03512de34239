/**
 * What the census counts: plain immutable data, and the functions that take it one step further.
 */
import { Chunk, Duration, HashMap, Option } from "effect"

/** What was read from files. */
export interface Contents {
  readonly files: number
  readonly lines: number
  readonly bytes: number
}

/** A file or directory that could not be read, and why. */
export interface Unreadable {
  readonly path: string
  readonly reason: string
}

export interface Counts {
  /** How many files there are to count. */
  readonly found: number
  /** How many have been dealt with, readable or not. */
  readonly counted: number
  readonly types: HashMap.HashMap<string, Contents>
  readonly unreadable: Chunk.Chunk<Unreadable>
  /** How many files are open now, and how many were at most. */
  readonly open: number
  readonly peak: number
  /** How many files found no free permit, and how long they stood in line for one. */
  readonly waited: number
  readonly waitTotal: Duration.Duration
  readonly waitMax: Duration.Duration
}

export const nothing: Contents = { files: 0, lines: 0, bytes: 0 }

export const add = (self: Contents, that: Contents): Contents => ({
  files: self.files + that.files,
  lines: self.lines + that.lines,
  bytes: self.bytes + that.bytes
})

export const initial: Counts = {
  found: 0,
  counted: 0,
  types: HashMap.empty(),
  unreadable: Chunk.empty(),
  open: 0,
  peak: 0,
  waited: 0,
  waitTotal: Duration.zero,
  waitMax: Duration.zero
}

export const opened = (self: Counts): Counts => ({
  ...self,
  open: self.open + 1,
  peak: Math.max(self.peak, self.open + 1)
})

export const closed = (self: Counts): Counts => ({ ...self, open: self.open - 1 })

export const waited = (wait: Duration.Duration) => (self: Counts): Counts => ({
  ...self,
  waited: self.waited + 1,
  waitTotal: Duration.sum(self.waitTotal, wait),
  waitMax: Duration.max(self.waitMax, wait)
})

export const read = (type: string, contents: Contents) => (self: Counts): Counts => {
  const before = Option.getOrElse(HashMap.get(self.types, type), () => nothing)
  return { ...self, counted: self.counted + 1, types: HashMap.set(self.types, type, add(before, contents)) }
}

export const notRead = (unreadable: Unreadable) => (self: Counts): Counts => ({
  ...self,
  counted: self.counted + 1,
  unreadable: Chunk.append(self.unreadable, unreadable)
})
