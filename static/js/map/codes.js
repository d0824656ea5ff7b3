// Whole numbers from short texts: five bits in each character, a sixth where more follow. src/crimemap/products/map_codes.py
// writes them.
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const VALUE = new Uint8Array(128)
for (let i = 0; i < ALPHABET.length; i++) VALUE[ALPHABET.charCodeAt(i)] = i

export class Reader {
  constructor (text) {
    this.text = text
    this.at = 0
  }

  get done () { return this.at >= this.text.length }

  next () {
    let value = 0
    let shift = 0
    for (;;) {
      const bits = VALUE[this.text.charCodeAt(this.at++)]
      value |= (bits & 31) << shift
      if (bits < 32) return value
      shift += 5
    }
  }

  signed () {
    const value = this.next()
    return value & 1 ? -(value + 1) / 2 : value / 2
  }
}

// Calls back with each key of a series and the number counted under it.
export function eachOf (series, tell) {
  const reader = new Reader(series)
  let key = 0
  while (!reader.done) {
    const head = reader.next()
    key += head >> 1
    tell(key, head & 1 ? reader.next() + 2 : 1)
  }
}
