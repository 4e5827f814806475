import { inEnvironment } from './containers-environment.js'
import { onVolume } from './containers-volume.js'
import type { Recipe } from './recipe.js'

/** From the environment where the token stays the same; on a volume where the next one must be stored. */
export const containers: Recipe = {
  place: 'containers',
  steps: (given) => (given.usage === 'keep' ? inEnvironment(given) : onVolume(given)),
}
