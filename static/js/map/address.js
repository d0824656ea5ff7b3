// What the map shows, as part of the page's address: reloading or sharing it gives the same view. The entry in the history is
// replaced, never added to, so that the way back leads to the page before.
const NAMES = ['type', 'from', 'to', 'show', 'at', 'list']
const WAIT_MS = 250

export function readAddress () {
  const asked = new URLSearchParams(window.location.search)
  return Object.fromEntries(NAMES.filter((name) => asked.has(name)).map((name) => [name, asked.get(name)]))
}

export function addressOf (state) {
  const address = new URL(window.location.href)
  for (const name of NAMES) {
    if (state[name] === undefined || state[name] === null) address.searchParams.delete(name)
    else address.searchParams.set(name, state[name])
  }
  address.search = address.search.replaceAll('%2C', ',')
  return address.href
}

export function keepAddress (read) {
  let waiting = 0
  const write = () => {
    waiting = 0
    window.history.replaceState(window.history.state, '', addressOf(read()))
  }
  const asked = () => {
    clearTimeout(waiting)
    waiting = setTimeout(write, WAIT_MS)
  }
  return { asked, now: () => { clearTimeout(waiting); write() } }
}
