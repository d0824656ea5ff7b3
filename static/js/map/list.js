// The list of what the map shows: the same places, the same numbers, in whatever order is wanted.
import { number, say } from '../words.js'

const AT_FIRST = 20
const MORE = 100

function cell (kind, className, ...content) {
  const made = document.createElement(kind)
  made.className = className
  made.append(...content)
  return made
}

export class List {
  // element: the details; show(unit, button): puts a row's place on the map
  constructor (element, { show, opened }) {
    this.element = element
    this.show = show
    this.body = element.querySelector('tbody')
    this.more = element.querySelector('[data-map-more]')
    this.sorted = { by: 'n', down: true }
    this.shown = AT_FIRST
    this.rows = []
    this.more.addEventListener('click', () => {
      const from = this.shown
      this.shown += MORE
      this.#draw()
      this.body.rows[from]?.querySelector('button')?.focus()
    })
    for (const head of element.querySelectorAll('th[data-sort]')) {
      head.querySelector('button').addEventListener('click', () => this.#sort(head.dataset.sort))
    }
    element.addEventListener('toggle', () => {
      if (element.open) this.#draw()
      opened()
    })
  }

  // rows: { unit, name, n, most(), hot }, the most first
  fill (rows, caption) {
    this.rows = rows
    this.shown = AT_FIRST
    this.element.querySelector('caption').textContent = caption
    if (this.element.open) this.#draw()
  }

  #sort (by) {
    this.sorted = { by, down: this.sorted.by === by ? !this.sorted.down : by === 'n' }
    this.#draw()
  }

  #ordered () {
    const { by, down } = this.sorted
    const rows = [...this.rows]
    if (by === 'n') return down ? rows : rows.reverse()
    rows.sort((a, b) => a.name.localeCompare(b.name, document.documentElement.lang, { numeric: true }))
    return down ? rows.reverse() : rows
  }

  #draw () {
    for (const head of this.element.querySelectorAll('th[data-sort]')) {
      if (head.dataset.sort === this.sorted.by) head.setAttribute('aria-sort', this.sorted.down ? 'descending' : 'ascending')
      else head.removeAttribute('aria-sort')
    }
    this.body.replaceChildren(...this.#ordered().slice(0, this.shown).map((row) => this.#row(row)))
    if (!this.rows.length) {
      const empty = cell('td', 'govuk-table__cell', say('Nothing to list.'))
      empty.colSpan = 4
      this.body.append(cell('tr', 'govuk-table__row', empty))
    }
    this.more.hidden = this.shown >= this.rows.length
    this.more.textContent = say('Show more of {n} places', { n: number(this.rows.length) })
  }

  #row (row) {
    const button = cell('button', 'cm-show', say('Show on the map'), cell('span', 'govuk-visually-hidden', `: ${row.name}`))
    button.type = 'button'
    button.addEventListener('click', () => this.show(row.unit, button))
    const head = cell('th', 'govuk-table__header', row.name, button)
    head.scope = 'row'
    return cell('tr', 'govuk-table__row', head,
      cell('td', 'govuk-table__cell govuk-table__cell--numeric', number(row.n)),
      cell('td', 'govuk-table__cell', row.most()),
      cell('td', 'govuk-table__cell', row.hot ? say('yes') : say('no')))
  }
}
