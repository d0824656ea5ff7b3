// The search: suggestions while typing (a combobox as the ARIA Authoring Practices describe it), and the page of results.
// Nothing that is typed leaves the browser until somebody asks for the page of results.
import { number, say, sayMany } from './words.js'
import { SearchFiles } from './search-index.js'

const MOST = 50
const MOST_SUGGESTED = 8
const PAUSE_MS = 120

const KINDS = {
  force: () => say('Police force'),
  pfa: () => say('Police force area'),
  bcu: () => say('Basic command unit'),
  county: () => say('County'),
  ctyua: () => say('County or unitary authority'),
  lad: () => say('Local authority district'),
  csp: () => say('Community safety partnership'),
  neighbourhood: () => say('Neighbourhood'),
  street: () => say('Street or public place'),
  outward: () => say('Postcodes that begin so')
}

function made (tag, className, text = '') {
  const element = document.createElement(tag)
  element.className = className
  element.textContent = text
  return element
}

class Search {
  constructor (form) {
    this.form = form
    this.field = form.elements.q
    this.status = form.querySelector('[data-said]')
    this.results = document.querySelector('[data-results]')
    this.files = new SearchFiles(new URL(form.dataset.index, document.baseURI))
    this.here = 'forces' in form.dataset ? new Set(form.dataset.forces.split(' ')) : null
    this.asked = 0
    this.list = made('ul', 'cm-suggestions')
    this.list.id = `${this.field.id}-list`
    this.list.setAttribute('role', 'listbox')
    this.list.setAttribute('aria-label', say('Suggestions'))
    this.list.hidden = true
    this.field.after(this.list)
    for (const [name, value] of Object.entries({
      role: 'combobox',
      'aria-autocomplete': 'list',
      'aria-expanded': 'false',
      'aria-controls': this.list.id
    })) this.field.setAttribute(name, value)
    this.field.addEventListener('input', () => this.typed())
    this.field.addEventListener('keydown', event => this.pressed(event))
    this.field.addEventListener('blur', () => this.close())
    // The field keeps the focus, so that a press on a suggestion does not close the list before it counts.
    this.list.addEventListener('pointerdown', event => event.preventDefault())
    form.addEventListener('submit', event => {
      event.preventDefault()
      this.submit()
    })
    if (this.results) {
      window.addEventListener('popstate', () => this.show())
      this.show()
    }
  }

  // The address of a result from this page: in this page's language, or in English where it is not written in it.
  address (one) {
    if (one.kind === 'outward') return this.addressOfResults(one.name)
    const way = !this.here || this.here.has(one.force) ? this.form.dataset.home : this.form.dataset.root
    return `${way}${one.folder}/index.html`
  }

  addressOfResults (text) {
    return `${this.form.dataset.home}search/index.html?q=${encodeURIComponent(text)}`
  }

  typed () {
    clearTimeout(this.waiting)
    this.waiting = setTimeout(() => this.suggest(), PAUSE_MS)
  }

  async suggest () {
    const text = this.field.value.trim()
    const turn = ++this.asked
    if (text.length < 2) return this.close()
    let answer
    try {
      answer = await this.files.find(text, MOST_SUGGESTED)
    } catch {
      return this.close()
    }
    // A later question, or somebody who went on, makes this answer stale.
    if (turn !== this.asked || document.activeElement !== this.field) return
    this.list.replaceChildren(...answer.results.map((one, at) => this.option(one, at)))
    if (!answer.results.length) this.close()
    else this.open()
    this.tell(answer.results.length
      ? sayMany('{n} suggestion. The arrow keys lead to it.', '{n} suggestions. The arrow keys lead to them.', answer.results.length)
      : answer.status === 'unknown postcode' ? say('We don\'t know this postcode.') : say('No suggestions.'))
  }

  option (one, at) {
    const option = made('li', 'cm-suggestion')
    option.id = `${this.list.id}-${at}`
    option.setAttribute('role', 'option')
    option.setAttribute('aria-selected', 'false')
    option.dataset.address = this.address(one)
    option.append(made('span', 'cm-suggestion__name', one.name), ' ', made('span', 'cm-suggestion__kind', KINDS[one.kind]()))
    if (one.within) option.append(' ', made('span', 'cm-suggestion__within', one.within))
    option.addEventListener('click', () => this.go(option.dataset.address))
    return option
  }

  open () {
    this.list.hidden = false
    this.field.setAttribute('aria-expanded', 'true')
    this.choose(null)
  }

  close () {
    this.list.hidden = true
    this.field.setAttribute('aria-expanded', 'false')
    this.choose(null)
  }

  choose (option) {
    this.chosen?.setAttribute('aria-selected', 'false')
    this.chosen = option
    if (!option) return this.field.removeAttribute('aria-activedescendant')
    option.setAttribute('aria-selected', 'true')
    this.field.setAttribute('aria-activedescendant', option.id)
    option.scrollIntoView({ block: 'nearest' })
  }

  pressed (event) {
    const options = [...this.list.children]
    if (event.key === 'Escape' && !this.list.hidden) {
      event.preventDefault()
      return this.close()
    }
    if (!options.length || !['ArrowDown', 'ArrowUp'].includes(event.key)) {
      if (event.key === 'Enter' && this.chosen && !this.list.hidden) {
        event.preventDefault()
        this.go(this.chosen.dataset.address)
      }
      return
    }
    event.preventDefault()
    if (this.list.hidden) this.open()
    const at = options.indexOf(this.chosen)
    // Before the first and after the last comes the field itself.
    const next = event.key === 'ArrowDown' ? at + 1 : (at < 0 ? options.length : at) - 1
    this.choose(options[next] ?? null)
  }

  go (address) {
    window.location.assign(new URL(address, document.baseURI))
  }

  async submit () {
    const text = this.field.value.trim()
    clearTimeout(this.waiting)
    this.asked++
    this.close()
    // A postcode that is known has one page: nothing needs to be asked of a server for it.
    const answer = text ? await this.files.find(text, MOST).catch(() => null) : null
    if (answer?.status === 'postcode') return this.go(this.address(answer.results[0]))
    if (!this.results) return this.go(this.addressOfResults(text))
    window.history.pushState(null, '', `?q=${encodeURIComponent(text)}`)
    await this.show({ focus: true })
  }

  tell (text) {
    this.status.textContent = text
  }

  // Shows the results of the address's query.
  async show ({ focus = false } = {}) {
    const text = (new URLSearchParams(window.location.search).get('q') ?? '').trim()
    this.field.value = text
    if (!text) return this.results.replaceChildren()
    let answer
    try {
      answer = await this.files.find(text, MOST)
    } catch {
      // What the server has written, if it has, says more than an error would.
      if (!this.results.querySelector('ol, p')) this.results.replaceChildren(made('p', 'govuk-body', say('The search could not be loaded. Try again later.')))
      return
    }
    const sentences = sentencesOf(text, answer)
    const children = sentences.map(sentence => made('p', 'govuk-body', sentence))
    if (answer.results.length) {
      const list = made('ol', 'cm-results')
      list.append(...answer.results.map(one => this.result(one)))
      children.push(list)
    }
    const lists = made('p', 'govuk-body')
    lists.append(link(`${this.form.dataset.home}index.html#forces`, say('All forces, partnerships and districts')))
    this.results.replaceChildren(...children, lists)
    this.results.dataset.ready = answer.status
    this.tell(sentences.join(' '))
    if (focus) this.results.focus()
  }

  result (one) {
    const item = document.createElement('li')
    item.append(link(this.address(one), one.name), ' ', made('span', 'cm-results__kind', KINDS[one.kind]()))
    if (one.within) item.append(' ', made('span', 'cm-results__within', one.within))
    return item
  }
}

function link (address, text) {
  const one = made('a', 'govuk-link', text)
  one.href = address
  return one
}

// What was found, and what to do where it is not what was meant.
function sentencesOf (query, answer) {
  if (answer.status === 'short') return [say('Type at least two letters or digits.')]
  if (answer.status === 'none') {
    return [
      say('Nothing here is called “{query}”.', { query }),
      say('Check the spelling, leave a word out, or give the name of the town instead.')
    ]
  }
  if (answer.status === 'unknown postcode') {
    const said = [say('We don\'t know the postcode {query}. It may be new, or outside the areas that this site has.', { query: query.toUpperCase() })]
    return answer.total ? [...said, say('Postcodes that begin in the same way are in:')] : said
  }
  const said = answer.status === 'some'
    ? [say('Nothing here has all the words of “{query}”. These have some of them.', { query })]
    : [sayMany('{n} result for “{query}”', '{n} results for “{query}”', answer.total, { query: answer.meant || query })]
  if (answer.meant) said.unshift(say('Nothing here is called “{query}”. Did you mean “{meant}”?', { query, meant: answer.meant }))
  if (answer.total > answer.results.length) {
    said.push(say('The first {n} are listed. Add a word, such as the name of the town, to find fewer.', { n: number(answer.results.length) }))
  }
  return said
}

export function startSearch (root) {
  for (const form of root.querySelectorAll('[data-search]')) new Search(form)
}
