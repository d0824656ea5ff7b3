// The token, kept in this tab and nowhere else, and what is asked with it.
const KEY = 'crimemap-token'

export class Refused extends Error {
  constructor (words, status) {
    super(words)
    this.status = status
  }
}

export class Session {
  #token = sessionStorage.getItem(KEY) ?? ''

  get open () { return this.#token !== '' }

  begin (token) {
    this.#token = token.trim()
    sessionStorage.setItem(KEY, this.#token)
  }

  end () {
    this.#token = ''
    sessionStorage.removeItem(KEY)
  }

  async #fetch (path, { method = 'GET', body, headers = {} } = {}) {
    // A header takes no other characters, and no token has them.
    if (!/^[\x21-\x7e]+$/.test(this.#token)) throw new Refused('This is no token. Copy it again.', 401)
    let answer
    try {
      answer = await fetch(path, {
        method,
        cache: 'no-store',
        credentials: 'omit',
        headers: { Authorization: `Bearer ${this.#token}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body)
      })
    } catch {
      throw new Refused('The server could not be reached. Check the connection and try again.', 0)
    }
    if (answer.ok) return answer
    const said = await answer.json().catch(() => null)
    throw new Refused(said?.detail ?? `The server could not answer (status ${answer.status}). Try again.`, answer.status)
  }

  async get (path) { return (await this.#fetch(path)).json() }
  async file (path) { return (await this.#fetch(path)).blob() }
  async run (process, body) {
    return (await this.#fetch(`processes/${encodeURIComponent(process)}/execution`, { method: 'POST', body, headers: { Prefer: 'respond-async' } })).json()
  }

  async dismiss (job) { return (await this.#fetch(`jobs/${encodeURIComponent(job)}`, { method: 'DELETE' })).json() }
}
