// Draws the map of a page. What it shows is said above it, listed below it and kept in the page's address; the page's own
// tables have the main facts without any script.
import { number, say, sayMany } from './words.js'
import { addressOf, keepAddress, readAddress } from './map/address.js'
import { Cursor } from './map/cursor.js'
import { readGrid } from './map/ground.js'
import { legend } from './map/legend.js'
import { List } from './map/list.js'
import { mercatorX, mercatorY, readModel } from './map/model.js'
import { Player } from './map/player.js'
import { Popup, lines } from './map/popups.js'
import { breaksOf, countHexagons, countUnits, gapsOf, typesOf } from './map/selection.js'
import { embedCode, startCopying } from './map/sharing.js'
import { View } from './map/view.js'

const L = window.L
const TYPES_IN_BOX = 5
const CLOSE_ZOOM = 16

async function load (url) {
  if (!url) return null
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${answer.status} for ${url}`)
  return answer.json()
}

const incidents = (n) => sayMany('{n} recorded incident', '{n} recorded incidents', n)

class CrimeMap {
  constructor (box, element) {
    this.box = box
    this.element = element
    this.part = (name) => box.querySelector(`[data-map-${name}]`)
    this.data = box.dataset
  }

  async start () {
    const { data } = this
    const [file, boundary] = await Promise.all([load(`${data.folder}map.json`), load(data.boundary)])
    this.model = readModel(file)
    this.monthNames = [...this.part('from').options].map((option) => option.textContent)
    this.typeNames = [...this.part('type').options].slice(1).map((option) => option.textContent)
    this.first = { type: -1, from: file.months.indexOf(file.period[0]), to: file.months.indexOf(file.period[1]) }
    this.state = { ...this.first, ...this.#asked() }
    this.element.hidden = false
    for (const hidden of this.box.querySelectorAll('[data-map-part]')) hidden.hidden = false
    this.view = new View(this.element, this.model, {
      tiles: data.tiles, tilesAttribution: data.tilesAttribution ?? '', attribution: data.attribution, grid: readGrid(file.grid)
    })
    this.view.setBoundary(boundary)
    this.view.start(this.#frame())
    this.#controls()
    this.#places()
    this.view.show(this.#layers())
    this.address = keepAddress(() => this.#told())
    this.#count()
    this.view.map.on('moveend', () => this.address.asked())
    this.view.map.on('zoomend', () => this.#key())
    this.view.onGround = () => this.#key()
    requestAnimationFrame(() => setTimeout(() => performance.mark('cm-map-drawn')))
    if (this.view.shown.shade === 'density') await this.#density()
    await this.#surroundings()
    this.element.dataset.ready = 'true'
  }

  // Boundaries around and names come after the map is there; it can do without them.
  async #surroundings () {
    const { data, view } = this
    const [context, labels] = await Promise.all([load(data.context).catch(() => null), load(data.labels).catch(() => null)])
    if (context) view.setContext(context)
    if (labels) view.setAreaNames(labels.filter(({ name }) => name !== data.name).map(({ name, at }) => ({ name, kind: 'area', x: mercatorX(at[0]), y: mercatorY(at[1]) })))
  }

  #asked () {
    const { type, from, to } = readAddress()
    const found = {}
    const kind = this.model.slugs.indexOf(type)
    if (kind >= 0) found.type = kind
    const [low, high] = [from, to].map((month) => this.model.months.indexOf(month))
    if (low >= 0 && high >= low) Object.assign(found, { from: low, to: high })
    return found
  }

  #frame () {
    const numbers = (readAddress().at ?? '').split(',').map(Number)
    return numbers.length === 3 && numbers.every(Number.isFinite) && Math.abs(numbers[0]) <= 85 && numbers[2] > 0 && numbers[2] <= 18 ? numbers : null
  }

  get #usual () { return this.data.layers }

  #layers () {
    const asked = readAddress().show ?? this.#usual
    const wanted = asked.split(',')
    const shade = ['hexagons', 'density'].find((name) => wanted.includes(name)) ?? ''
    const points = wanted.includes('points') && this.model.hasPoints
    this.part('shade').value = shade
    const ticked = { points, areas: wanted.includes('areas'), background: wanted.includes('background') }
    for (const box of this.box.querySelectorAll('[data-map-layer]')) box.checked = ticked[box.value]
    return { shade, ...ticked, background: ticked.background && Boolean(this.data.tiles) }
  }

  // What stands in the address: what differs from how the page opens.
  #told () {
    const { model, state, first, view } = this
    const { shade, points, areas, background } = view.shown
    const show = [points && 'points', shade, areas && 'areas', background && 'background'].filter(Boolean).join(',') || 'none'
    const other = state.from !== first.from || state.to !== first.to
    const centre = view.map.getCenter()
    const moved = this.home && (view.map.getZoom() !== this.home.zoom || view.map.latLngToContainerPoint(this.home.centre).distanceTo(view.map.getSize().divideBy(2)) > 3)
    return {
      type: state.type < 0 ? null : model.slugs[state.type],
      from: other ? model.months[state.from] : null,
      to: other ? model.months[state.to] : null,
      show: show === this.#usual ? null : show,
      at: moved || readAddress().at ? `${centre.lat.toFixed(5)},${centre.lng.toFixed(5)},${view.map.getZoom()}` : null,
      list: this.part('list').open ? 'open' : null
    }
  }

  #controls () {
    const { model, view } = this
    const type = this.part('type')
    const [from, to] = [this.part('from'), this.part('to')]
    type.addEventListener('change', () => this.#choose({ type: Number(type.value) }))
    from.addEventListener('change', () => this.#choose({ from: Number(from.value), to: Math.max(Number(from.value), Number(to.value)) }))
    to.addEventListener('change', () => this.#choose({ to: Number(to.value), from: Math.min(Number(from.value), Number(to.value)) }))
    this.part('reset').addEventListener('click', () => { this.#choose({ ...this.first }); view.fit() })
    this.player = new Player(this.part('months'), {
      last: model.months.length - 1, name: (month) => this.monthNames[month], choose: (month) => this.#choose({ from: month, to: month }, true)
    })
    this.part('shade').addEventListener('change', async (event) => {
      view.show({ shade: event.target.value })
      if (view.shown.shade === 'density') await this.#density()
      this.#shown()
    })
    for (const box of this.box.querySelectorAll('[data-map-layer]')) {
      if (box.value === 'points') box.closest('[data-map-choice]').hidden = !model.hasPoints
      box.addEventListener('change', () => {
        view.show({ [box.value]: box.checked })
        this.#shown()
      })
    }
    this.list = new List(this.part('list'), { show: (place, button) => this.#open(place, button, true), opened: () => this.address.asked() })
    this.list.element.open = readAddress().list === 'open'
    const field = this.part('link')
    startCopying(this.part('copy'), field, this.part('copied'), () => { this.address.now(); return addressOf(this.#told()) })
    const code = this.part('code')
    if (code) {
      code.value = embedCode(new URL(this.data.embed, window.location.href).href, this.element.getAttribute('aria-label'))
      startCopying(this.part('copy-code'), code, this.part('code-copied'), () => code.value)
    }
  }

  #places () {
    const { view, model } = this
    this.popup = new Popup(view.map, this.element)
    this.cursor = new Cursor(view.map, {
      position: (i) => view.place({ kind: this.kind, i }),
      describe: (i, place, many) => say('{place}: {incidents}. Place {at} of {many}.', { place: this.#name(i), incidents: incidents(this.#numbers()[i]), at: number(place), many: number(many) }),
      choose: (i, element) => this.#open({ kind: this.kind, i }, element)
    })
    view.map.on('click', ({ latlng }) => {
      const found = view.find(latlng)
      if (found) this.#open(found)
    })
    const { tip } = view
    view.map.on('mousemove', ({ latlng }) => {
      const found = this.popup.popup.isOpen() ? null : view.find(latlng)
      this.element.classList.toggle('cm-map--found', Boolean(found))
      if (!found) { tip.remove(); this.tipped = ''; return }
      const id = `${found.kind}${found.i}`
      if (id === this.tipped && tip.isOpen()) return
      this.tipped = id
      tip.setLatLng(view.place(found)).setContent(lines(...this.#facts(found).slice(0, 2))).openOn(view.map)
    })
    view.map.on('mouseout', () => { tip.remove(); this.tipped = '' })
    this.element.addEventListener('keydown', (event) => { if (event.key === 'Escape') tip.remove() })
    for (const button of document.querySelectorAll(`[data-shows-on="${this.element.id}"]`)) {
      const unit = model.byId.get(Number(button.dataset.place))
      if (unit === undefined) continue
      button.hidden = false
      button.addEventListener('click', () => this.#open({ kind: 'unit', i: unit }, button, true))
    }
  }

  get kind () { return this.view.shown.points || !this.model.hasPoints ? 'unit' : 'hexagon' }

  #numbers () { return this.kind === 'unit' ? this.counts.units : this.counts.hexagons }

  // The unit with most incidents in each hexagon gives it its name.
  #name (i, kind = this.kind) {
    const unit = kind === 'unit' ? i : this.counts.busiest[i]
    const name = unit === undefined || unit < 0 ? '' : this.model.nameOf(unit)
    if (!name) return say('No name given')
    return kind === 'unit' && this.model.hasPoints ? name : say('Around {street}', { street: name })
  }

  #unitsOf ({ kind, i }) {
    if (kind === 'unit') return [i]
    const found = []
    for (let unit = 0; unit < this.model.nUnits; unit++) if (this.model.cell[unit] === i) found.push(unit)
    return found
  }

  #facts (place) {
    const { model, state } = this
    const units = this.#unitsOf(place)
    const n = place.kind === 'unit' ? this.counts.units[place.i] : this.counts.hexagons[place.i]
    const kinds = typesOf(model, units, state)
    const shown = kinds.slice(0, TYPES_IN_BOX).map(({ type, n: many }) => say('{type}: {n}', { type: this.typeNames[type], n: number(many) }))
    if (kinds.length > TYPES_IN_BOX) shown.push(say('and {n} more types', { n: number(kinds.length - TYPES_IN_BOX) }))
    const hexagon = place.kind === 'unit' ? model.cell[place.i] : place.i
    const hot = model.hexagons.hot[hexagon] && say('In a hotspot: more recorded here and around it than chance would explain.')
    return [this.#name(place.i, place.kind), n || !this.view.gap ? say('{incidents}, {months}', { incidents: incidents(n), months: this.months }) : this.#gapWords(), ...shown, hot]
  }

  // from: the element by which it was asked for, to which the focus goes back
  #open (place, from = null, near = false) {
    const { view } = this
    const at = view.place(place)
    if (place.kind === this.kind && this.#numbers()[place.i]) this.cursor.at(place.i)
    if (near) {
      this.player.stop()
      view.map.setView(at, Math.max(view.map.getZoom(), Math.min(CLOSE_ZOOM, this.model.hasPoints ? CLOSE_ZOOM : 14)), { animate: false })
      this.element.scrollIntoView({ block: 'center', behavior: 'auto' })
    }
    view.tip.remove()
    const source = from?.classList?.contains('cm-cursor') ? this.cursor.marker?.getElement() ?? from : from
    const [heading, ...rows] = this.#facts(place).filter(Boolean)
    this.popup.open(at, heading, rows, source)
  }

  #choose (change, bySlider = false) {
    Object.assign(this.state, change)
    if (!bySlider) this.player.stop()
    this.#count()
    this.address.asked()
  }

  #count () {
    const { model, state, view } = this
    const units = countUnits(model, state)
    const hexagons = countHexagons(model, units)
    const order = [...units.keys()].filter((unit) => units[unit]).sort((a, b) => units[b] - units[a] || a - b)
    const busiest = new Int32Array(model.hexagons.n).fill(-1)
    for (const unit of order) if (busiest[model.cell[unit]] < 0) busiest[model.cell[unit]] = unit
    const span = state.to - state.from + 1
    this.breaks = breaksOf(model, state.type, span)
    this.gaps = gapsOf(model, state)
    this.counts = { units, hexagons, order, busiest }
    this.months = span === 1 ? this.monthNames[state.from] : say('{from} to {to}', { from: this.monthNames[state.from], to: this.monthNames[state.to] })
    this.popup.close()
    view.count({ units, hexagons, order, breaks: this.breaks, gap: order.length ? '' : this.gaps.nothing })
    this.part('type').value = state.type
    this.part('from').value = state.from
    this.part('to').value = state.to
    this.player.at(state.to, span === 1)
    this.#shown()
  }

  // What follows from the layers and the numbers: key, list, places by key, the sentence above the map.
  #shown () {
    const { counts, model } = this
    const numbers = this.#numbers()
    const order = this.kind === 'unit' ? counts.order : [...numbers.keys()].filter((i) => numbers[i]).sort((a, b) => numbers[b] - numbers[a] || a - b)
    this.cursor.show(this.view.shown.points || this.view.shown.shade === 'hexagons' ? order : [])
    const unitsOf = this.kind === 'unit' ? null : this.#unitsByHexagon()
    const rows = order.map((i) => ({
      unit: { kind: this.kind, i },
      name: this.#name(i),
      n: numbers[i],
      most: () => this.typeNames[typesOf(model, unitsOf ? unitsOf[i] : [i], this.state)[0]?.type] ?? '',
      hot: model.hexagons.hot[this.kind === 'unit' ? model.cell[i] : i]
    }))
    this.list.fill(rows, this.#caption())
    const { state, first } = this
    this.part('reset').hidden = state.type === first.type && state.from === first.from && state.to === first.to
    this.part('status').textContent = this.#status()
    this.#key()
    this.address?.asked()
  }

  #unitsByHexagon () {
    const found = Array.from({ length: this.model.hexagons.n }, () => [])
    this.model.cell.forEach((hexagon, unit) => found[hexagon].push(unit))
    return found
  }

  #type () { return this.state.type < 0 ? say('All types') : this.typeNames[this.state.type] }

  #caption () {
    const values = { place: this.data.name, type: this.#type(), months: this.months }
    return this.kind === 'unit' && this.model.hasPoints
      ? say('Map points in {place}: {type}, {months}', values)
      : say('Hexagons in {place}: {type}, {months}', values)
  }

  #named (months) {
    return months.length > 3 ? say('{n} of the months', { n: number(months.length) }) : months.map((month) => this.monthNames[month]).join(', ')
  }

  #gapWords () {
    return this.view.gap === 'no_data' ? say('No data for these months.') : say('The numbers of these months are too small to show.')
  }

  #status () {
    const { counts, gaps } = this
    const total = counts.units.reduce((sum, n) => sum + n, 0)
    const told = { type: this.#type(), months: this.months }
    if (gaps.nothing === 'no_data') return say('{type}, {months}: no data. That is not a zero.', told)
    if (gaps.nothing === 'suppressed' && !total) return say('{type}, {months}: not shown, as the numbers are too small.', told)
    const said = [total
      ? say('{type}, {months}: {incidents} with a map point.', { ...told, incidents: incidents(total) })
      : say('{type}, {months}: none recorded with a map point.', told)]
    if (gaps.noData.length) said.push(say('No data for {months}.', { months: this.#named(gaps.noData) }))
    if (gaps.heldBack.length) said.push(say('Some numbers of {months} are too small to show, and left out.', { months: this.#named(gaps.heldBack) }))
    return said.join(' ')
  }

  async #density () {
    this.densityFile ??= load(`${this.data.folder}density.geojson`)
    try {
      this.view.setBands(await this.densityFile)
    } catch {
      this.densityFile = undefined
    }
    this.#key()
  }

  #key () {
    const { view, model, counts } = this
    const { shade, points, areas, background } = view.shown
    const latest = say('{from} to {to}', { from: this.monthNames[this.first.from], to: this.monthNames[this.first.to] })
    this.part('key').replaceChildren(...legend({
      shade,
      points: points && counts.order.length > 0,
      areas,
      breaks: this.breaks,
      levels: view.levels,
      bandwidth: view.bandwidth,
      most: counts.order.length ? counts.units[counts.order[0]] : 0,
      factor: Math.min(1.4, Math.max(0.4, 2 ** ((view.map.getZoom() - 14.5) / 2))),
      months: this.months,
      latest,
      gap: view.gap,
      square: background ? 0 : view.square,
      outlined: model.hexagons.hot.includes(1)
    }))
    this.home ??= { zoom: view.map.getZoom(), centre: view.map.getCenter() }
  }
}

export function startMaps (root) {
  for (const box of root.querySelectorAll('[data-map-box]')) {
    const element = box.querySelector('[data-map]')
    new CrimeMap(box, element).start().catch((error) => {
      console.error(error)
      element.hidden = false
      element.dataset.ready = 'failed'
      element.replaceChildren(lines(say('The map could not be drawn. The same facts are in the table.')))
      for (const part of box.querySelectorAll('[data-map-part]')) part.hidden = true
    })
  }
}
