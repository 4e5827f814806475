import { callScript } from './recipe.js'

/** Writes the script that calls the API. */
export const CALL = `cat >call.sh <<'end'
${callScript}
end`

export const NOT_PULLED = "Docker's client read these commands, but we ran no image."
