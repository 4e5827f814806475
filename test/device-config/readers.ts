import { avr, gcc, gpp, gppGnu } from './readers/compilers.js'
import { compose } from './readers/compose.js'
import { docker } from './readers/docker.js'
import { dotenv, nodeEnvFile } from './readers/dotenv.js'
import { esphome } from './readers/esphome.js'
import { jq } from './readers/jq.js'
import { kubectlEnvFile, kustomize } from './readers/kubectl.js'
import { micropythonImport, micropythonJson } from './readers/micropython.js'
import { npmYaml } from './readers/npm-yaml.js'
import { nvs } from './readers/nvs.js'
import { pythonJson, pyYaml, tomllib } from './readers/python.js'
import type { Reader } from './readers/reader.js'
import { bash, busybox, dash } from './readers/shells.js'
import { systemd } from './readers/systemd.js'

/** Who reads the files in earnest. A new one is a file in readers/ and a line here. */
export const READERS: readonly Reader[] = [
  dotenv,
  nodeEnvFile,
  docker,
  kubectlEnvFile,
  systemd,
  dash,
  bash,
  busybox,
  compose,
  jq,
  pythonJson,
  micropythonJson,
  pyYaml,
  npmYaml,
  gcc,
  gpp,
  gppGnu,
  avr,
  nvs,
  esphome,
  micropythonImport,
  tomllib,
  kustomize,
]
