// Where an analysis looks: a whole force, an area of a set, or one that is drawn. Whatever the map takes, the fields take too.
import { button, el, note } from '../planner/dom.js'
import { Drawing } from './drawing.js'
import { fit, lines, sheet } from './sheet.js'
import { BadInput } from './schema_form.js'

const L = window.L
const KINDS = { neighbourhood: 'Neighbourhoods', csp: 'Community safety partnerships', bcu: 'Basic command units', lad: 'Districts', pfa: 'Police force areas', county: 'Counties', ctyua: 'Counties and unitary areas', lsoa: 'Small areas (LSOA)', msoa: 'Middle areas (MSOA)', ward: 'Wards' }

const kindOf = (set) => `${KINDS[set.area_type] ?? set.area_type}, ${set.vintage}${set.force ? `, ${set.force}` : ''}`

function radio (name, value, words, on) {
  const id = `${name}-${value}`
  return el('div', { class: 'govuk-radios__item' },
    el('input', { type: 'radio', class: 'govuk-radios__input', id, name, value, on: { change: on } }),
    el('label', { class: 'govuk-label govuk-radios__label', for: id }, words))
}

export class Where {
  constructor (session, places) {
    this.session = session
    this.places = places
    this.how = places.team ? 'area' : 'force'
    this.kept = new Map()
    const sets = places.sets.filter((set) => set.drawn || !places.team)
    const first = sets.find((set) => set.area_type === 'csp') ?? sets[0]
    this.force = el('select', { class: 'govuk-select', id: 'force', on: { change: () => this.#heldMonths() } },
      !places.team && el('option', { value: '' }, 'every force'), places.forces.map((one) => el('option', { value: one.force }, one.name)))
    if (places.forces.length) this.force.value = places.forces[0].force
    this.months = el('div', { class: 'govuk-hint jb-hint', id: 'force-hint' })
    this.force.setAttribute('aria-describedby', 'force-hint')
    this.set = el('select', { class: 'govuk-select', id: 'set', on: { change: () => this.#drawSet() } }, sets.map((set) => el('option', { value: set.set_id, selected: set === first }, kindOf(set))))
    this.area = el('select', { class: 'govuk-select', id: 'area', on: { change: () => this.#mark() } })
    this.code = el('input', { class: 'govuk-input govuk-input--width-20', id: 'code', autocomplete: 'off', spellcheck: 'false' })
    this.box = el('div', { class: 'cm-map jb-map', role: 'region', tabindex: '0', 'aria-label': 'Map to choose an area on or to draw one. The fields beside it do the same.' })
    this.corners = el('textarea', { class: 'govuk-textarea jb-code', id: 'corners', rows: 4, spellcheck: 'false', 'aria-describedby': 'corners-hint', on: { change: () => this.drawing.take(this.corners.value) } })
    this.drawn = note('')
    this.drawn.setAttribute('role', 'status')
    const group = (label, control, hint) => el('div', { class: 'govuk-form-group' }, el('label', { class: 'govuk-label', for: control.id }, label), hint, control)
    this.parts = {
      set: group('Set of areas', this.set),
      area: group('Area', this.area),
      code: group('Code of the area', this.code, el('div', { class: 'govuk-hint jb-hint' }, 'This set has too many areas for a map.')),
      draw: el('div', {},
        note('Click on the map to set corners, in order. The middle of the map can be set by key, and corners can be written.'),
        el('div', { class: 'pl-buttons' }, button('Set a corner at the middle of the map', () => this.drawing.addMiddle()), button('Take the last corner back', () => this.drawing.back()), button('Clear', () => this.drawing.clear())),
        group('Corners', this.corners, el('div', { class: 'govuk-hint jb-hint', id: 'corners-hint' }, 'One on each line: latitude, longitude.')), this.drawn)
    }
    this.element = el('fieldset', { class: 'govuk-fieldset jb-where' },
      el('legend', { class: 'govuk-fieldset__legend govuk-fieldset__legend--s' }, 'Where'),
      group('Force', this.force, this.months),
      el('div', { class: 'govuk-radios govuk-radios--small govuk-radios--inline jb-how' },
        !places.team && radio('how', 'force', 'The whole force', () => this.#turn('force')),
        sets.length > 0 && radio('how', 'area', 'An area', () => this.#turn('area')),
        radio('how', 'draw', 'Draw one', () => this.#turn('draw'))),
      this.parts.set, this.parts.area, this.parts.code, this.box, this.parts.draw)
  }

  // The map can be made once it is on the page.
  start () {
    this.map = sheet(this.box)
    this.outlines = L.layerGroup().addTo(this.map)
    this.drawing = new Drawing(this.map, (corners) => this.#told(corners))
    this.#heldMonths()
    this.#turn(this.how)
  }

  async #turn (how) {
    this.how = how
    this.element.querySelector(`#how-${how}`).checked = true
    this.box.hidden = how === 'force'
    for (const part of Object.values(this.parts)) part.hidden = true
    this.parts.draw.hidden = how !== 'draw'
    this.parts.set.hidden = how === 'force'
    this.drawing.active(how === 'draw')
    await this.#drawSet()
  }

  #heldMonths () {
    const one = this.places.forces.find((each) => each.force === this.force.value)
    this.months.textContent = one ? `Data from ${one.first_month} to ${one.last_month}.` : ''
  }

  // Outlines to see a result among: those of the set that is chosen.
  async around () {
    const set = this.#chosenSet()
    if (!set?.drawn) return null
    return this.#shapes(set).catch(() => null)
  }

  #shapes (set) {
    if (!this.kept.has(set.set_id)) {
      const asked = this.session.get(`areas/${encodeURIComponent(set.set_id)}`)
      asked.catch(() => this.kept.delete(set.set_id))
      this.kept.set(set.set_id, asked)
    }
    return this.kept.get(set.set_id)
  }

  #chosenSet () { return this.places.sets.find((set) => set.set_id === this.set.value) }

  async #drawSet () {
    const set = this.#chosenSet()
    this.outlines.clearLayers()
    this.layer = null
    if (this.how === 'force' || !set) return
    this.parts.code.hidden = set.drawn || this.how !== 'area'
    this.parts.area.hidden = !set.drawn || this.how !== 'area'
    if (!set.drawn) return
    let shapes
    try {
      shapes = await this.#shapes(set)
    } catch {
      return
    }
    if (set !== this.#chosenSet() || this.how === 'force') return
    const named = [...shapes.features].sort((a, b) => String(a.properties.name).localeCompare(String(b.properties.name), 'en-GB', { numeric: true }))
    const held = this.area.value
    this.area.replaceChildren(...named.map(({ properties: p }) => el('option', { value: p.code, selected: p.code === held }, p.name ? `${p.name} (${p.code})` : p.code)))
    this.outlines.clearLayers()
    this.layer = L.geoJSON(shapes, {
      interactive: this.how === 'area',
      style: { className: 'jb-area', weight: 1 },
      onEachFeature: ({ properties: p }, layer) => {
        if (this.how !== 'area') return
        layer.bindTooltip(lines(p.name ?? p.code), { sticky: true })
        layer.on('click', () => { this.area.value = p.code; this.#mark() })
      }
    }).addTo(this.outlines)
    if (this.layer.getBounds().isValid()) fit(this.map, this.layer.getBounds())
    this.#mark()
    this.drawing.raise()
  }

  #mark () {
    this.layer?.eachLayer((layer) => {
      const chosen = this.how === 'area' && layer.feature.properties.code === this.area.value
      layer.getElement()?.classList.toggle('jb-area--chosen', chosen)
      if (chosen) layer.bringToFront()
    })
  }

  #told (corners) {
    this.corners.value = corners.map(([lat, lng]) => `${lat.toFixed(5)}, ${lng.toFixed(5)}`).join('\n')
    this.drawn.textContent = corners.length === 0 ? 'No corner yet.' : `${corners.length} ${corners.length === 1 ? 'corner' : 'corners'}${corners.length < 3 ? '; an area has three or more.' : '.'}`
  }

  // What the analysis is asked: `force` and `area`, as far as it takes them.
  read (inputs) {
    const asked = {}
    if ('force' in inputs && this.force.value) asked.force = this.force.value
    if (!('area' in inputs)) return asked
    if (this.how === 'area') {
      const set = this.#chosenSet()
      const code = set?.drawn ? this.area.value : this.code.value.trim()
      if (!code) throw new BadInput(set?.drawn ? 'area' : 'code', 'Area', 'choose one.')
      asked.area = `${set.set_id}:${code}`
    } else if (this.how === 'draw') {
      const ring = this.drawing.corners.map(([lat, lng]) => [lng, lat])
      if (ring.length < 3) throw new BadInput('corners', 'Area', 'draw three corners or more.')
      asked.area = { type: 'Polygon', coordinates: [[...ring, ring[0]]] }
    }
    return asked
  }

  // An analysis without a study area needs no map.
  suit (inputs) {
    this.element.hidden = !('area' in inputs || 'force' in inputs)
    const without = !('area' in inputs)
    this.element.querySelector('.jb-how').hidden = without
    if (without && this.how !== 'force') this.before = this.how
    this.#turn(without && !this.places.team ? 'force' : this.before ?? this.how)
    if (!without) this.before = undefined
  }
}
