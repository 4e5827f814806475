/** The answers to "Where will it run?", in the page's order. Formats and programs name the ones they belong to. */
export const PLACES = [
  { id: 'linux', title: 'Linux' },
  { id: 'containers', title: 'Docker or Kubernetes' },
  { id: 'esp32', title: 'ESP32 or Arduino' },
  { id: 'python-board', title: 'MicroPython or CircuitPython' },
  { id: 'home-automation', title: 'Home automation' },
  { id: 'other', title: 'Something else' },
] as const

export type Place = (typeof PLACES)[number]['id']
