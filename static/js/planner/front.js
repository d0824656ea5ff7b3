// The front as a plot: number of partnerships against people misplaced. Each point is reached by key and has a row in the table.
import { locale, say, sayMany } from '../words.js'
import { el, svg } from './dom.js'
import { counted, many, number, people, pounds } from './words.js'

const HEIGHT = 340
const MARGIN = { left: 68, right: 22, top: 18, bottom: 52 }

// Round steps that cover the range.
export function ticks (low, high, most) {
  const range = Math.max(high - low, 1)
  const power = 10 ** Math.floor(Math.log10(range / most))
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => range / s <= most) ?? 10 * power
  const found = []
  for (let at = Math.ceil(low / step) * step; at <= high + 1e-9; at += step) found.push(at)
  return found
}

export function pointWords (row, units) {
  const values = { areas: counted(row.n_partnerships, units), mergers: sayMany('{n} merger', '{n} mergers', row.n_changes), people: people(row.people), low: pounds(row.net_low), high: pounds(row.net_high) }
  const said = row.net_low === null || row.net_low === undefined
    ? say('{areas}, {mergers}: {people} misplaced.', values)
    : say('{areas}, {mergers}: {people} misplaced, net savings {low} to {high}.', values)
  return row.efficient ? `${said} ${say('No other grouping betters it.')}` : said
}

export class FrontPlot {
  constructor (rows, { units, pick }) {
    this.rows = rows
    this.units = units
    this.pick = pick
    this.at = 0
    this.box = el('figure', { class: 'pl-plot' })
    this.watcher = new ResizeObserver(() => this.#draw())
    this.watcher.observe(this.box)
  }

  select (index, focus = false) {
    this.at = index
    this.#draw()
    if (focus) this.box.querySelector('[tabindex="0"]')?.focus()
  }

  #key (event, k) {
    const ways = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }
    const order = this.rows.map((_, i) => i).sort((a, b) => this.rows[a].n_partnerships - this.rows[b].n_partnerships || this.rows[a].people - this.rows[b].people)
    let next = k
    if (event.key === 'Enter' || event.key === ' ') this.pick(k)
    else if (ways[event.key]) next = order[Math.min(Math.max(order.indexOf(k) + ways[event.key], 0), order.length - 1)]
    else if (event.key === 'Home') next = order[0]
    else if (event.key === 'End') next = order[order.length - 1]
    else return
    event.preventDefault()
    if (next !== k) {
      this.at = next
      this.#draw()
      this.box.querySelector('[tabindex="0"]').focus()
    }
  }

  #draw () {
    const width = Math.max(this.box.clientWidth, 240)
    if (!this.box.clientWidth) return
    const held = this.box.contains(document.activeElement)
    const [xs, ys] = [this.rows.map((row) => row.n_partnerships), this.rows.map((row) => row.people)]
    const [low, high, top] = [Math.min(...xs) - 0.5, Math.max(...xs) + 0.5, Math.max(...ys, 1) * 1.08]
    const x = (value) => MARGIN.left + (value - low) / (high - low) * (width - MARGIN.left - MARGIN.right)
    const y = (value) => HEIGHT - MARGIN.bottom - value / top * (HEIGHT - MARGIN.top - MARGIN.bottom)
    const base = HEIGHT - MARGIN.bottom
    const efficient = this.rows.filter((row) => row.efficient).sort((a, b) => a.n_partnerships - b.n_partnerships || b.people - a.people)
    const small = this.rows.length > 60 ? 0.55 : 1
    const short = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 })
    const drawn = svg('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: 'group', 'aria-label': sayMany('{n} grouping: number of {units} against people misplaced. Arrow keys move, Enter shows one.', '{n} groupings: number of {units} against people misplaced. Arrow keys move, Enter shows one.', this.rows.length, { units: many(this.units) }) },
      ticks(0, top, 5).map((value) => [svg('path', { class: 'pl-plot__line', d: `M${MARGIN.left} ${y(value)}H${width - MARGIN.right}` }), svg('text', { class: 'pl-plot__tick', x: MARGIN.left - 8, y: y(value) + 5, 'text-anchor': 'end', 'aria-hidden': 'true' }, short.format(value))]),
      ticks(low, high, Math.max(2, Math.floor(width / 60))).filter(Number.isInteger).map((value) => svg('text', { class: 'pl-plot__tick', x: x(value), y: base + 20, 'text-anchor': 'middle', 'aria-hidden': 'true' }, number(value))),
      svg('path', { class: 'pl-plot__base', d: `M${MARGIN.left} ${MARGIN.top}V${base}H${width - MARGIN.right}` }),
      svg('text', { class: 'pl-plot__title', x: (MARGIN.left + width - MARGIN.right) / 2, y: HEIGHT - 8, 'text-anchor': 'middle', 'aria-hidden': 'true' }, say('Number of {units}', { units: many(this.units) })),
      svg('text', { class: 'pl-plot__title', transform: `translate(16 ${(MARGIN.top + base) / 2}) rotate(-90)`, 'text-anchor': 'middle', 'aria-hidden': 'true' }, say('People misplaced')),
      efficient.length > 1 && svg('path', { class: 'pl-plot__front', d: efficient.map((row, k) => `${k ? 'L' : 'M'}${x(row.n_partnerships)} ${y(row.people)}`).join('') }),
      this.rows.map((row, k) => svg('g', {
        class: `pl-plot__point${row.efficient ? ' pl-plot__point--efficient' : ''}`,
        transform: `translate(${x(row.n_partnerships)} ${y(row.people)})`,
        role: 'button',
        tabindex: k === this.at ? '0' : '-1',
        'aria-pressed': String(k === this.at),
        'aria-label': pointWords(row, this.units),
        on: { click: () => this.pick(k), keydown: (event) => this.#key(event, k) }
      },
      svg('circle', { class: 'pl-plot__reach', r: 13 }),
      svg('path', { class: 'pl-plot__mark', transform: small < 1 ? `scale(${small})` : null, d: row.efficient ? 'M0-8 8 0 0 8-8 0Z' : 'M-5 0A5 5 0 1 0 5 0A5 5 0 1 0-5 0Z' }))))
    this.box.replaceChildren(drawn, el('figcaption', { class: 'pl-plot__key' },
      el('span', {}, svg('svg', { viewBox: '-10 -10 20 20', class: 'pl-key', 'aria-hidden': 'true' }, svg('path', { class: 'pl-plot__mark pl-plot__mark--efficient', d: 'M0-8 8 0 0 8-8 0Z' })), say('no other grouping betters it')),
      el('span', {}, svg('svg', { viewBox: '-10 -10 20 20', class: 'pl-key', 'aria-hidden': 'true' }, svg('path', { class: 'pl-plot__mark', d: 'M-5 0A5 5 0 1 0 5 0A5 5 0 1 0-5 0Z' })), say('another betters it in every way'))))
    if (held) this.box.querySelector('[tabindex="0"]')?.focus({ preventScroll: true })
  }
}
