import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lacking } from '../../support/tools.js'
import { inOrder, type Reader, run, versionOf } from './reader.js'

/** A string a file: all its values, with a NUL between them and one at the end. */
const source = (files: readonly string[], names: readonly string[], before: string, declare: string) =>
  files
    .map((file, i) =>
      [
        `#include "${file}"`,
        `${declare.replaceAll('NAME', `file${i}`)} = ${names.join(' "\\0" ')};`,
        ...names.map((name) => `#undef ${name}`),
      ].join('\n'),
    )
    .join('\n')
    .replace(/^/, `${before}\n`)

function compiler(name: string, command: string, std: string, language: 'c' | 'c++'): Reader {
  return {
    name,
    formats: ['arduino'],
    missing: () => lacking(command),
    version: () => versionOf(command, '-dumpfullversion'),
    async read(files, names) {
      const folder = await mkdtemp(join(tmpdir(), 'compiler-'))
      try {
        const main = files.map((_, i) => `fwrite(file${i}, 1, sizeof file${i}, stdout);`).join('\n')
        const code = `${source(files, names, '#include <stdio.h>', 'static const char NAME[]')}\nint main(void) {\n${main}\nreturn 0; }\n`
        await writeFile(join(folder, 'main'), code)
        await run(command, [
          `-std=${std}`,
          '-Wall',
          '-Werror',
          '-x',
          language,
          join(folder, 'main'),
          '-o',
          join(folder, 'run'),
        ])
        return inOrder((await run(join(folder, 'run'), [])).split('\0').slice(0, -1), names)
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  }
}

/** With trigraphs, which the gnu modes leave out. */
export const gcc = compiler('gcc -std=c99', 'gcc', 'c99', 'c')
export const gpp = compiler('g++ -std=c++14', 'g++', 'c++14', 'c++')
/** As arduino-esp32 compiles. */
export const gppGnu = compiler('g++ -std=gnu++17', 'g++', 'gnu++17', 'c++')

/** As the Arduino IDE compiles for an AVR. Nothing runs: the bytes that would be flashed are read. */
export const avr: Reader = {
  name: 'avr-g++ -std=gnu++11',
  formats: ['arduino'],
  missing: () => lacking('avr-g++', 'avr-objcopy'),
  version: () => versionOf('avr-g++', '-dumpversion'),
  async read(files, names) {
    const folder = await mkdtemp(join(tmpdir(), 'avr-'))
    const at = (file: string) => join(folder, file)
    try {
      const declare = 'extern const char NAME[] PROGMEM; const char NAME[] PROGMEM'
      await writeFile(at('main.cpp'), source(files, names, '#include <avr/pgmspace.h>', declare))
      await run('avr-g++', [
        '-mmcu=atmega2560',
        '-std=gnu++11',
        '-Os',
        '-fno-toplevel-reorder',
        '-c',
        at('main.cpp'),
        '-o',
        at('main.o'),
      ])
      await run('avr-objcopy', ['-O', 'binary', '-j', '.progmem.data', at('main.o'), at('main.bin')])
      return inOrder((await readFile(at('main.bin'), 'utf8')).split('\0').slice(0, -1), names)
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}
