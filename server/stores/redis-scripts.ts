import { defineScript } from 'redis'

/** Replaces a record, a string `VERSION VALUE`, if it has the version that was read. Keeps its end. */
const replaceRecord = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    local current = redis.call('GET', KEYS[1])
    local version = ARGV[1] .. ' '
    if not current or string.sub(current, 1, #version) ~= version then return 0 end
    redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
    return 1`,
  parseCommand(parser, key: string, version: string, record: Buffer) {
    parser.pushKey(key)
    parser.push(version, record)
  },
  transformReply: (reply: number) => reply === 1,
})

const renewLease = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
  parseCommand(parser, key: string, holder: string, ttl: string) {
    parser.pushKey(key)
    parser.push(holder, ttl)
  },
  transformReply: (reply: number) => reply === 1,
})

const releaseLease = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    return redis.call('DEL', KEYS[1])`,
  parseCommand(parser, key: string, holder: string) {
    parser.pushKey(key)
    parser.push(holder)
  },
  transformReply: (reply: number) => reply === 1,
})

/**
 * Reads a list, which is one hash: `head` and each entry's id have `VERSION VALUE`, `latest` has an id. Answers head, id, entry, id,
 * entry, …, or nothing if the list is gone.
 */
const readList = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    local head = redis.call('HGET', KEYS[1], 'head')
    if not head then return {} end
    local answer = {head}
    if ARGV[1] == 'all' then
      local all = redis.call('HGETALL', KEYS[1])
      for i = 1, #all, 2 do
        if all[i] ~= 'head' and all[i] ~= 'latest' then
          answer[#answer + 1] = all[i]
          answer[#answer + 1] = all[i + 1]
        end
      end
      return answer
    end
    local id = ARGV[2]
    if ARGV[1] == 'latest' then id = redis.call('HGET', KEYS[1], 'latest') end
    local entry = id and id ~= 'head' and id ~= 'latest' and redis.call('HGET', KEYS[1], id)
    if entry then
      answer[2] = id
      answer[3] = entry
    end
    return answer`,
  parseCommand(parser, key: string, which: 'all' | 'latest' | 'id', id: string) {
    parser.pushKey(key)
    parser.push(which, id)
  },
  transformReply: (reply: (Buffer | string)[]) => reply,
})

/** Compares every version first, then writes everything. Arguments: milliseconds to live or `''`, `latest` or `''`, then name, version and value of each. */
const writeList = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    for i = 3, #ARGV, 3 do
      local current = redis.call('HGET', KEYS[1], ARGV[i])
      local version = ARGV[i + 1] .. ' '
      if ARGV[i + 1] == '0' then
        if current then return 0 end
      elseif not current or string.sub(current, 1, #version) ~= version then
        return 0
      end
    end
    for i = 3, #ARGV, 3 do
      if ARGV[i + 2] == '' then redis.call('HDEL', KEYS[1], ARGV[i])
      else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2]) end
    end
    if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'latest', ARGV[2]) end
    if ARGV[1] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
    return 1`,
  parseCommand(parser, key: string, ttl: string, latest: string, changes: (string | Buffer)[]) {
    parser.pushKey(key)
    parser.push(ttl, latest, ...changes)
  },
  transformReply: (reply: number) => reply === 1,
})

export const scripts = { replaceRecord, renewLease, releaseLease, readList, writeList }
