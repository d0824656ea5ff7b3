// How the search reads names and what people type. products/search_words.py does the same for the server; a test holds the
// two to one another.
const ALIKE = {
  st: ['saint', 'street'],
  rd: ['road'],
  ave: ['avenue'],
  av: ['avenue'],
  ln: ['lane'],
  cl: ['close'],
  cres: ['crescent'],
  sq: ['square'],
  dr: ['drive'],
  pl: ['place'],
  ct: ['court'],
  gdns: ['gardens'],
  terr: ['terrace'],
  pk: ['park']
}
// From what matters most; the order in which equals are listed.
const KINDS = ['force', 'csp', 'lad', 'neighbourhood', 'ctyua', 'county', 'bcu', 'pfa', 'street']

// The words of a name or query: without case, accents and apostrophes.
export function fold (text) {
  const plain = text.replace(/['`\u2018\u2019\u02bc]/g, '').toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '')
  const words = plain.replace(/[^a-z0-9]+/g, ' ').split(' ').filter(Boolean)
  const said = words.filter(word => word !== 'and')
  return said.length ? said : words
}

// What a word may stand for, itself first.
export function readings (word) {
  return [word, ...(Object.hasOwn(ALIKE, word) ? ALIKE[word] : [])]
}

// How many letters to change, leave out, put in or swap to make one word of another.
export function edits (one, other) {
  let before = []
  let last = Array.from({ length: other.length + 1 }, (_, j) => j)
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      let cost = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1))
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) cost = Math.min(cost, before[j - 2] + 1)
      row.push(cost)
    }
    before = last
    last = row
  }
  return last[other.length]
}

// A name as a query meets it: its words, all that it answers to, and the words of what is around it.
export function wording (kind, name, around, folder, also = '') {
  return {
    kind,
    name,
    around,
    folder,
    folded: fold(name),
    answersTo: new Set(fold(`${name} ${also}`).flatMap(readings)),
    wordsAround: new Set(fold(around))
  }
}

function fits (word, words) {
  const forms = readings(word)
  for (const one of words) if (forms.some(form => one.startsWith(form))) return true
  return false
}

// How well a name alone fits: [0 the name, 1 its beginning, 2 some of its words; less for each whole word], or null.
export function nameRank (words, one) {
  if (!words.some(word => fits(word, one.answersTo))) return null
  const whole = 0 - words.filter(word => readings(word).some(form => one.answersTo.has(form))).length
  // Words that do not fit the name are for what is around it.
  const inside = words.filter(word => fits(word, one.answersTo))
  const pairs = inside.slice(0, one.folded.length).map((word, at) => [word, readings(one.folded[at])])
  if (inside.length === one.folded.length && pairs.every(([word, own]) => readings(word).some(form => own.includes(form)))) {
    return [0, whole]
  }
  const begins = inside.length <= one.folded.length && pairs.every(([word, own]) => fits(word, own))
  return [begins ? 1 : 2, whole]
}

// A rating to sort by, the best lowest; null where fewer than `least` words fit the name or what is around it.
export function rated (words, one, least) {
  const rank = nameRank(words, one)
  if (!rank) return null
  const within = words.map(word => fits(word, one.answersTo))
  const outside = words.filter((word, at) => !within[at] && fits(word, one.wordsAround)).length
  if (within.filter(Boolean).length + outside < least) return null
  return [...rank, outside, KINDS.indexOf(one.kind), one.name, one.around, one.folder]
}

// Compares two lists item by item, as numbers or by the letters' numbers.
export function compare (one, other) {
  for (let at = 0; at < one.length; at++) {
    if (one[at] < other[at]) return -1
    if (one[at] > other[at]) return 1
  }
  return 0
}
