import type { AppError } from '../errors.js'
import type { MetadataSource } from '../provider/metadata.js'

/** Starts to load the provider's metadata, and says in one line why that fails; null where it works. */
export async function askProviderAtStart(metadata: MetadataSource): Promise<string | null> {
  metadata.start()
  try {
    await metadata.get()
    return metadata.problem && providerProblem(metadata.problem)
  } catch (error) {
    return providerProblem(error as AppError)
  }
}

/** The answer, or null when it takes longer than this. */
export async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, milliseconds, null)
  })
  try {
    return await Promise.race([answer, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

function providerProblem({ code, message }: AppError): string {
  return code === 'provider_unreachable' ? message : `can't be used yet: ${message}`
}
