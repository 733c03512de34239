/** What users of the channels' streams rely on. STR-2 is in the table of Broadcast, STR-3 in that of Watch. */

export const streams = [
  {
    id: "STR-1",
    says: "A stream of an Mpsc gives what `recv` would, in that order, and ends where `recv` would; it drops nothing.",
    faults: [
      {
        file: "Mpsc.ts",
        from: "self[RTypeId].recvMany(size, \"Mpsc.stream\")\n    ) as",
        to: "self[RTypeId].recvMany(size + 1, \"Mpsc.stream\")\n    ) as",
        why: "a stream takes more than it gives"
      },
      {
        file: "internal/streams.ts",
        from: "return pull(size)",
        to: "return pull(1)",
        why: "a stream gives one value at a time, whatever it is asked for"
      }
    ]
  },
  {
    id: "STR-4",
    says: "An interrupted pull loses no element.",
    faults: [
      {
        file: "internal/broadcastReceiver.ts",
        from: "if (this.state === State.granted) this.request.receiver.concludes(this)",
        to:
          "if (this.state === State.granted) this.request.receiver.concludes(this, this.request.receiver.takeValue())",
        why: "who is interrupted on its way takes an element with it"
      }
    ]
  }
]
