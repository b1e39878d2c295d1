import {
  bookCarrier,
  cancelCarrier,
  changeAddress,
  handOver,
  processOrder,
  progress,
  refund,
  release,
  reserve,
  takePayment
} from "./processOrder.ts"

export const workflows = [processOrder]
export const steps = [takePayment, refund, reserve, release, bookCarrier, cancelCarrier, handOver]
export const states = [progress]
export const updates = [changeAddress]
