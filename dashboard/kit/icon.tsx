/** Drawn by hand on a grid of 16: as paths they need no request and take the colour of the text. */
const paths = {
  running: "M8 2a6 6 0 1 0 6 6M8 2v6l3 2",
  accepted: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM5 8h.01M8 8h.01M11 8h.01",
  succeeded: "M3 8.5 6.5 12 13 4.5",
  failed: "M4 4l8 8M12 4l-8 8",
  cancelled: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM4 12l8-8",
  parked: "M8 2 1.8 13.5h12.4ZM8 6.5v3M8 11.8h.01",
  terminated: "M5 2h6l3 3v6l-3 3H5l-3-3V5ZM5.5 5.5l5 5M10.5 5.5l-5 5",
  paused: "M5.5 3v10M10.5 3v10",
  continued: "M3 8h9M9 5l3 3-3 3",
  continue: "M3 8h9M9 5l3 3-3 3",
  missing: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM5.5 8h5",
  state: "M3 3h10v10H3ZM5.5 8.5 7 10l3.5-4",
  emit: "M2 8h2l2-5 3 10 2-5h3",
  send: "M2 8l12-5-4 11-3-4ZM7 10l7-7",
  step: "M3 5h7a3 3 0 0 1 0 6H3M5.5 8.5 3 11l2.5 2.5",
  timer: "M8 4a5 5 0 1 0 0 10A5 5 0 0 0 8 4ZM8 6.5V9l1.5 1M6.5 1.5h3",
  child: "M4 2v5a3 3 0 0 0 3 3h5M9.5 7.5 12 10l-2.5 2.5",
  run: "M4 2v5a3 3 0 0 0 3 3h5M9.5 7.5 12 10l-2.5 2.5",
  receive: "M2 4h12v8H2ZM2 4.5l6 4.5 6-4.5",
  signal: "M2 4h12v8H2ZM2 4.5l6 4.5 6-4.5",
  callback: "M13 6.5H5a3 3 0 0 0 0 6h2M10.5 3.5l3 3-3 3",
  update: "M13 7A5 5 0 0 0 4 5L2.5 6.5M3 9a5 5 0 0 0 9 2l1.5-1.5M2.5 3v3.5H6M13.5 13V9.5H10",
  cancellation: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM4 12l8-8",
  start: "M5 3l8 5-8 5Z",
  other: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  up: "M4 10l4-4 4 4",
  copy: "M6 6h7v7H6ZM10 6V3H3v7h3",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6ZM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5Z",
  limit: "M3 3h10M3 13h10M5 6h6M5 10h6",
  half: "M8 2a6 6 0 1 0 0 12ZM8 2a6 6 0 0 1 0 12",
  help: "M6 6a2 2 0 1 1 2.8 1.8c-.6.3-.8.7-.8 1.4M8 11.8h.01M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  key: "M10 2a4 4 0 1 0-3.2 6.4L3 12.2V14h2.5v-1.5H7V11l1.6-1.6A4 4 0 0 0 10 2ZM11 5h.01"
} as const

export type IconName = keyof typeof paths

export const isIcon = (name: string): name is IconName => name in paths

/** Says nothing to who cannot see it: there is a word beside each. */
export const Icon = ({ name, class: more = "" }: { readonly name: IconName; readonly class?: string }) => (
  <svg class={`icon ${more}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    <path d={paths[name]} />
  </svg>
)
