/** All laws of a channel with many senders and one receiver. */
import { interruptedRecv, interruptedSend } from "./cancelSafety.ts"
import { backPressure, conservation, exactLength } from "./capacity.ts"
import type { ChannelLaw } from "./channel.ts"
import { close, ends, receiverGone, weakSenders } from "./ends.ts"
import { fairReceivers, fifoSenders, noOvertaking, order } from "./order.ts"
import { ready, recvMany, timeouts } from "./receiving.ts"

export const channelLaws: ReadonlyArray<ChannelLaw> = [
  order,
  fifoSenders,
  noOvertaking,
  fairReceivers,
  conservation,
  backPressure,
  exactLength,
  ends,
  close,
  receiverGone,
  weakSenders,
  recvMany,
  ready,
  timeouts,
  interruptedSend,
  interruptedRecv
]
