// What the page asks the server, in the page's language, and how a refusal becomes a sentence.
import { language, say, sayMany } from '../words.js'

export class Refusal extends Error {
  constructor (words, status = 0, retryAfter = null) {
    super(words)
    this.status = status
    this.retryAfter = retryAfter
  }
}

// There is no program behind the address, only files.
export class NoServer extends Refusal {
  constructor () {
    super(say('This copy of the site is served as plain files.'))
  }
}

export class Api {
  constructor (base) {
    this.base = base.replace(/\/$/, '')
    this.kept = new Map()
  }

  async ask (path, { method = 'GET', body, signal, file = '' } = {}) {
    let answer
    try {
      answer = await fetch(`${this.base}${inLanguage(path)}`, {
        method,
        signal,
        headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body)
      })
    } catch (error) {
      if (error.name === 'AbortError') throw error
      throw new Refusal(say('The server could not be reached. Check the connection and try again.'))
    }
    if (file && answer.ok && (answer.headers.get('Content-Type') ?? '').startsWith(file)) return answer.blob()
    const json = /json/.test(answer.headers.get('Content-Type') ?? '')
    if (!json && [200, 404, 405, 501].includes(answer.status) && answer.status !== 204) throw new NoServer()
    const said = json ? await answer.json().catch(() => null) : null
    if (answer.ok) return said
    throw refusal(answer, said)
  }

  // Boundaries and overlaps do not change while a page is open.
  async get (path) {
    if (!this.kept.has(path)) {
      const asked = this.ask(path)
      this.kept.set(path, asked)
      asked.catch(() => this.kept.delete(path))
    }
    return this.kept.get(path)
  }

  index () { return this.get('') }
  pair (units, targets) { return this.get(`/pairs/${encodeURIComponent(units)}/${encodeURIComponent(targets)}`) }
  pairMap (units, targets) { return this.get(`/pairs/${encodeURIComponent(units)}/${encodeURIComponent(targets)}/map`) }
  planning (units, targets) { return this.get(`/planning/${encodeURIComponent(units)}/${encodeURIComponent(targets)}`) }
  bricks (units, targets, unit) { return this.get(`/planning/${encodeURIComponent(units)}/${encodeURIComponent(targets)}/bricks/${encodeURIComponent(unit)}`) }
  setMap (set) { return this.get(`/sets/${encodeURIComponent(set)}/map`) }
  ladder () { return this.get('/ladder') }
  score (body, signal) { return this.ask('/scenarios', { method: 'POST', body, signal }) }
  report (body, format) { return this.ask(`/reports?format=${format}`, { method: 'POST', body, file: format === 'pdf' ? 'application/pdf' : 'text/html' }) }
  search (body) { return this.ask('/searches', { method: 'POST', body }) }
  searched (id) { return this.ask(`/searches/${encodeURIComponent(id)}`) }
  cancel (id) { return this.ask(`/searches/${encodeURIComponent(id)}`, { method: 'DELETE' }) }
}

// English is what the server speaks unasked.
const inLanguage = (path) => (language === 'en' ? path : `${path}${path.includes('?') ? '&' : '?'}lang=${language}`)

function refusal (answer, said) {
  const wait = Number(answer.headers.get('Retry-After')) || null
  if (answer.status === 503 || answer.status === 429) {
    const later = wait ? sayMany('Try again in {n} second.', 'Try again in {n} seconds.', wait) : say('Try again in a moment.')
    if (/try again/i.test(said?.detail ?? '')) return new Refusal(stop(said.detail), answer.status, wait)
    return new Refusal(`${said?.detail ? stop(said.detail) : say('The server is busy.')} ${later}`, answer.status, wait)
  }
  if (said?.detail) return new Refusal(stop(said.detail), answer.status)
  return new Refusal(say('The server could not answer (status {status}). Try again.', { status: answer.status }), answer.status)
}

const stop = (words) => (/[.!?]$/.test(words) ? words : `${words}.`)
