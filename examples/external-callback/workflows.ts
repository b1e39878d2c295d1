import { renderVideo, startRender } from "./renderVideo.ts"

export const workflows = [renderVideo]
export const steps = [startRender]
