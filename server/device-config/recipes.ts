import type { Place } from './places.js'
import { containers } from './recipes/containers.js'
import { esp32 } from './recipes/esp32.js'
import { homeAutomation } from './recipes/home-automation.js'
import { linux } from './recipes/linux.js'
import { other } from './recipes/other.js'
import { pythonBoard } from './recipes/python-board.js'
import type { Recipe } from './recipes/recipe.js'

/** One a place. A new one is a file in recipes/ and a line here. */
export const RECIPES: readonly Recipe[] = [linux, containers, esp32, pythonBoard, homeAutomation, other]

export const recipeFor = (place: Place): Recipe => RECIPES.find((recipe) => recipe.place === place) as Recipe
