// Answers a search from the static files of a release, as products/search_query.py does on the server. Files are asked for
// as a query needs them and kept for as long as the page is open.
import { compare, edits, fold, nameRank, rated, readings, wording } from './search-words.js'

const MOST_WORDS = 6
const MOST_LETTERS = 12
const MOST_APART = 3
const MOST_GUESSES = 3
const FULL = /^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9OIL][A-Z]{2})$/
const BEGINNING = /^[A-Z]{1,2}(?:[0-9][A-Z0-9]?)?$/

export function fullPostcode (text) {
  const found = FULL.exec(text.toUpperCase().replace(/[^A-Z0-9]+/g, ''))
  return found && [found[1], ({ O: '0', I: '1', L: '1' }[found[2][0]] ?? found[2][0]) + found[2].slice(1)]
}

const found = ({ name, kind, within, folder, force }) => ({ name, kind, within, folder, force })

function areaOf ([name, kind, within, folder, force, also = '']) {
  return { name, kind, within, folder, force, also }
}

export class SearchFiles {
  // `base`: the address of the folder `search`.
  constructor (base) {
    this.base = base
    this.held = new Map()
  }

  read (name) {
    if (!this.held.has(name)) {
      const asked = fetch(new URL(`${name}.json`, this.base)).then(answer => {
        if (!answer.ok) throw new Error(`${name}: ${answer.status}`)
        return answer.json()
      })
      asked.catch(() => this.held.delete(name))
      this.held.set(name, asked)
    }
    return this.held.get(name)
  }

  async index () {
    const index = await this.read('index')
    this.whole ??= new Set(index.names)
    this.cut ??= new Set(index.cut)
    return index
  }

  // status, results, total, meant, more: see the Python twin.
  async find (asked, most = 50) {
    const index = await this.index()
    const text = asked.trim().slice(0, 100)
    const full = fullPostcode(text)
    if (full) return this.postcode(index, ...full, most)
    const partial = partialPostcode(index.postcodes, text)
    if (partial) return listed('postcodes', await this.areasOf(...partial), most)
    const words = fold(text).slice(0, MOST_WORDS)
    if (!words.some(word => word.length > 1)) return listed('short', [], most)
    const code = text.toUpperCase()
    const begun = BEGINNING.test(code) ? index.postcodes.filter(one => one.startsWith(code)).sort() : []
    const outwards = begun.map(name => ({ name, kind: 'outward', within: '', folder: '', force: '' }))
    if (begun.length && /\d/.test(text)) return listed('postcodes', outwards, most)
    const answer = await this.names(index, words, most)
    return begun.length && answer.status !== 'names' ? listed('postcodes', outwards, most) : answer
  }

  async names (index, words, most) {
    const answer = await this.matching(words, most, words.length)
    if (answer.total) return answer
    for (const guess of await this.guesses(index, words)) {
      const mended = await this.matching(guess, most, guess.length)
      if (mended.total) return { ...mended, meant: guess.join(' ') }
    }
    for (let least = words.length - 1; least > 0; least--) {
      const some = await this.matching(words, most, least)
      if (some.total) return { ...some, status: 'some' }
    }
    return listed('none', [], most)
  }

  async matching (words, most, least) {
    const names = this.filesFor(words)
    const areas = new Map()
    const streets = new Map()
    for (const held of await Promise.all([...names.keys()].map(name => this.read(`n-${name}`)))) {
      const table = held.areas.map(areaOf)
      for (const at of held.found) if (!areas.has(table[at].folder)) areas.set(table[at].folder, table[at])
      for (const [name, places] of held.streets) {
        if (!streets.has(name)) streets.set(name, typeof places === 'string' ? places : places.map(at => table[at]))
      }
    }
    const { scored, apart } = await this.streets(words, streets, least)
    for (const one of areas.values()) {
      const score = rated(words, wording(one.kind, one.name, one.within, one.folder, one.also), least)
      if (score) scored.push([score, found(one)])
    }
    scored.sort((one, other) => compare(one[0], other[0]))
    const more = apart > MOST_APART || [...names.values()].some(whole => !whole)
    return { ...listed('names', scored.map(([, one]) => one), most), more }
  }

  async streets (words, streets, least) {
    const ranked = []
    for (const name of streets.keys()) {
      const rank = nameRank(words, wording('street', name, '', ''))
      if (rank) ranked.push([...rank, name])
    }
    const scored = []
    let apart = 0
    for (const [, , name] of ranked.sort(compare)) {
      let places = streets.get(name)
      if (typeof places === 'string') {
        if (++apart > MOST_APART) continue
        places = (await this.read(places)).areas.map(areaOf)
      }
      for (const place of places) {
        const within = place.within ? `${place.name}, ${place.within}` : place.name
        const score = rated(words, wording('street', name, within, place.folder), least)
        if (score) scored.push([score, { name, kind: 'street', within, folder: place.folder, force: place.force }])
      }
    }
    return { scored, apart }
  }

  // The files that may name the words, and whether each has all that it might.
  filesFor (words) {
    const names = new Map()
    for (const word of words.flatMap(readings)) {
      const most = Math.min(word.length, MOST_LETTERS)
      for (let n = most; n > 0; n--) {
        const letters = word.slice(0, n)
        if (this.whole.has(letters)) {
          names.set(letters, true)
          break
        }
        if (this.cut.has(letters)) {
          if (n < most) break
          names.set(letters, false)
          const end = `${letters}_`
          if (this.whole.has(end) || this.cut.has(end)) names.set(end, this.whole.has(end))
          break
        }
      }
    }
    return names
  }

  // What the words may have been meant to be, likeliest first.
  async guesses (index, words) {
    const mended = await Promise.all(words.map(word => this.mended(index, word)))
    let chosen = [[]]
    for (const one of mended) chosen = chosen.flatMap(some => one.map((_, n) => [...some, n]))
    const sum = numbers => numbers.reduce((total, n) => total + n, 0)
    chosen.sort((one, other) => sum(one) - sum(other) || compare(one, other))
    const guesses = chosen.slice(0, 2 * MOST_GUESSES).map(numbers => mended.map((one, at) => one[numbers[at]]))
    return guesses.filter(guess => guess.some((word, at) => word !== words[at]))
  }

  async mended (index, word) {
    if (word.length < 3) return [word]
    const counted = await this.wordsLike(index, word)
    const known = [...counted.keys()]
    if (counted.has(word)) return [word]
    const allowed = word.length < 6 ? 1 : 2
    const ranked = []
    for (const one of known) {
      let distance = edits(word, one)
      let begun = 0
      if (one.length > word.length && distance > allowed) {
        distance = edits(word, one.slice(0, word.length))
        begun = 1
      }
      if (distance <= allowed) ranked.push([distance, begun, -counted.get(one), one])
    }
    const best = ranked.sort(compare).slice(0, MOST_GUESSES).map(one => one[3])
    // A word that others begin with may have been typed as far as that, or wrongly.
    return !best.length || known.some(one => one.startsWith(word)) ? [word, ...best] : best
  }

  // The words that begin, or end, as the word does; or begin with its second letter, the first being astray.
  async wordsLike (index, word) {
    const begin = index.first.filter(one => word.startsWith(one) || word.slice(1).startsWith(one)).map(one => `w-${one}`)
    const end = index.last.filter(one => word.endsWith(one)).map(one => `v-${one}`)
    const counted = new Map()
    for (const text of await Promise.all([...begin, ...end].map(name => this.read(name)))) {
      const parts = text.split(' ')
      for (let at = 0; at < parts.length; at += 2) counted.set(parts[at], Number(parts[at + 1]))
    }
    return counted
  }

  async postcode (index, outward, inward, most) {
    if (!index.postcodes.includes(outward)) return listed('unknown postcode', [], most)
    const held = await this.read(`p-${outward}`)
    for (const [at, units] of held.sectors[inward[0]] ?? []) {
      for (let n = 0; n < units.length; n += 2) {
        if (units.slice(n, n + 2) === inward.slice(1)) return listed('postcode', [found(areaOf(held.areas[at]))], most)
      }
    }
    let near = await this.areasOf(outward, inward[0])
    if (!near.length) near = await this.areasOf(outward, '')
    return listed('unknown postcode', near, most)
  }

  // The areas of an outward code or of one of its sectors, those with most postcodes first.
  async areasOf (outward, sector) {
    const held = await this.read(`p-${outward}`)
    const counted = new Map()
    for (const [digit, parts] of Object.entries(held.sectors)) {
      if (sector && digit !== sector) continue
      for (const [at, units] of parts) counted.set(at, (counted.get(at) ?? 0) + units.length)
    }
    const areas = [...counted].map(([at, n]) => [-n, held.areas[at][0], held.areas[at][3], areaOf(held.areas[at])])
    return areas.sort((one, other) => compare(one.slice(0, 3), other.slice(0, 3))).map(one => found(one[3]))
  }
}

function listed (status, results, most) {
  return { status, results: results.slice(0, most), total: results.length, meant: '', more: false }
}

// An outward code with or without the digit of a sector; null where it is none that is known.
function partialPostcode (known, text) {
  const spaced = text.toUpperCase().split(/\s+/)
  const code = text.toUpperCase().replace(/[^A-Z0-9]+/g, '')
  const cuts = []
  if (spaced.length > 1) cuts.push(spaced[0].length)
  else for (let at = code.length; at > 1; at--) cuts.push(at)
  for (const at of cuts) {
    const rest = /^([0-9])[A-Z]?$/.exec(code.slice(at))
    if (known.includes(code.slice(0, at)) && (rest || at === code.length)) return [code.slice(0, at), rest ? rest[1] : '']
  }
  return null
}
