// A layer of results on a map: coloured in classes of one figure, each of which the legend names, or in one colour.
import { el, note } from '../planner/dom.js'
import { fit, lines, sheet } from './sheet.js'
import { figure, title } from './words.js'

const L = window.L
const CLASSES = 5
const MANY = 1_500
const PREFERRED = ['incidents', 'density_per_km2', 'value', 'density', 'risk_per_km2', 'ratio', 'share', 'population']
const NEVER = /^(longitude|latitude|easting|northing|rank|cells?|id|.*_code)$/
const said = (value) => figure(value, 3)

// Where classes end: shares of what is there, each at a value that occurs, equal ones once.
export function breaks (values, classes = CLASSES) {
  const order = [...values].sort((a, b) => a - b)
  const ends = Array.from({ length: classes }, (_, k) => order[Math.min(order.length - 1, Math.ceil(((k + 1) * order.length) / classes) - 1)])
  // Ends that read alike are one.
  return ends.filter((end, k) => k === ends.length - 1 || said(end) !== said(ends[k + 1]))
}

export class ResultMap {
  constructor (features, words) {
    this.features = features
    const names = Object.keys(features[0].properties)
    this.numeric = names.filter((name) => !NEVER.test(name) && new Set(features.map((one) => one.properties[name]).filter((value) => typeof value === 'number')).size > 1)
    const start = this.coloured = PREFERRED.find((name) => this.numeric.includes(name)) ?? this.numeric[0] ?? ''
    this.by = el('select', { class: 'govuk-select', id: 'colour-by', on: { change: () => this.#paint() } },
      el('option', { value: '' }, 'one colour'), this.numeric.map((name) => el('option', { value: name, selected: name === start }, title(name))))
    this.by.value = start
    this.box = el('div', { class: 'cm-map jb-map', role: 'region', tabindex: '0', 'aria-label': `Map of ${words}. The table below has the same figures.` })
    this.legend = el('ul', { class: 'jb-legend' })
    this.facts = el('p', { class: 'jb-facts', 'aria-hidden': 'true' }, 'Point at the map, or tap it: what is known of the place stands here.')
    this.element = el('div', {},
      el('div', { class: 'govuk-form-group jb-colour' }, el('label', { class: 'govuk-label', for: 'colour-by' }, 'Colour by'), this.by),
      this.box, this.facts, this.legend,
      note('The map has no background; the table has the same figures.'))
  }

  start () {
    this.map = sheet(this.box)
    const svg = L.svg({ padding: 0.3 })
    this.map.createPane('around').style.zIndex = 390
    this.layer = L.geoJSON({ type: 'FeatureCollection', features: this.features }, {
      pointToLayer: (_, at) => L.circleMarker(at, { radius: 5, renderer: svg }),
      style: { renderer: svg, className: 'jb-piece', weight: 0.6 },
      onEachFeature: ({ properties }, layer) => {
        layer.bindTooltip(() => lines(...this.#words(properties).slice(0, 5)), { sticky: true })
        layer.on('mouseover click', () => { this.facts.textContent = `${this.#words(properties).slice(0, 8).join('. ')}.` })
      }
    }).addTo(this.map)
    // Edges of thousands of cells would be most of what is seen.
    if (this.features.length > MANY) this.layer.setStyle({ weight: 0 })
    fit(this.map, this.layer.getBounds())
    this.#paint()
  }

  // Outlines to see it among.
  among (outlines) {
    if (outlines) L.geoJSON(outlines, { pane: 'around', interactive: false, style: { className: 'jb-around', weight: 1, fill: false } }).addTo(this.map)
  }

  #words (properties) {
    const first = this.by.value ? [this.by.value] : []
    const names = [...new Set([...first, ...Object.keys(properties)])]
    return names.filter((name) => properties[name] !== null && properties[name] !== undefined && !/^(longitude|latitude)$/.test(name))
      .map((name) => `${title(name)}: ${figure(properties[name], 3)}`)
  }

  #paint () {
    const name = this.by.value
    const values = name ? this.features.map((one) => one.properties[name]).filter((value) => typeof value === 'number') : []
    const ends = name ? breaks(values) : []
    const classOf = (value) => (typeof value === 'number' ? ends.findIndex((end) => value <= end) : -1)
    const steps = Math.max(ends.length - 1, 1)
    const step = (k) => Math.round((k * (CLASSES - 1)) / steps)
    let unknown = 0
    this.layer.eachLayer((layer) => {
      const k = name ? classOf(layer.feature.properties[name]) : -1
      if (name && k < 0) unknown += 1
      const look = !name ? 'one' : k < 0 ? 'none' : String(ends.length === 1 ? CLASSES - 1 : step(k))
      const path = layer.getElement()
      if (path) path.dataset.step = look
      path?.classList.toggle('jb-piece--hot', layer.feature.properties.hotspot === true)
    })
    const low = Math.min(...values)
    const entry = (look, words) => el('li', {}, el('span', { class: 'jb-swatch', data: { step: look }, 'aria-hidden': 'true' }), words)
    this.legend.setAttribute('aria-label', name ? `${title(name)}, classes with about as many places each` : 'Legend')
    this.legend.replaceChildren(...(name
      ? [...ends.map((end, k) => entry(String(ends.length === 1 ? CLASSES - 1 : step(k)), k === 0 ? (low === end ? said(end) : `${said(low)} to ${said(end)}`) : `more than ${said(ends[k - 1])}, to ${said(end)}`)), unknown > 0 && entry('none', 'not known, or not one')].filter(Boolean)
      : [entry('one', 'every feature')]), ...(this.features.some((one) => one.properties.hotspot === true) ? [el('li', {}, el('span', { class: 'jb-swatch jb-swatch--hot', 'aria-hidden': 'true' }), 'hotspot')] : []))
  }
}
