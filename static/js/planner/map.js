// The map: pieces that agree or differ, areas to choose by mouse, touch or key, and what a scenario makes of them.
// Everything that it shows stands in a table too.
import { say, sayMany } from '../words.js'
import { nextThatWay, WAYS } from './arrows.js'
import { capital, classOf, many, one, people } from './words.js'

const L = window.L
// Fills are named in attributes: there, all browsers look for a pattern in the page itself.
const filled = (name) => ({ fill: true, fillColor: `url(#pl-${name})`, fillOpacity: 1 })
const PIECES = { agree: 'agree', differ: 'differ', sliver: 'sliver', 'not covered': 'uncovered' }
const LABELLED = 40
const LAYERS = [['pieces', 410], ['units', 430], ['small', 437], ['targets', 440], ['marks', 450]]

function lines (...words) {
  const box = document.createElement('div')
  for (const said of words.filter(Boolean)) box.append(Object.assign(document.createElement('div'), { textContent: said }))
  return box
}

// A place inside the largest part of an area, near its middle.
function middle (layer) {
  const rings = (function flat (parts) { return parts[0] instanceof L.LatLng ? [parts] : parts.flatMap(flat) })(layer.getLatLngs())
  const outer = rings.reduce((a, b) => (L.latLngBounds(a).getNorthEast().distanceTo(L.latLngBounds(a).getSouthWest()) >= L.latLngBounds(b).getNorthEast().distanceTo(L.latLngBounds(b).getSouthWest()) ? a : b))
  let [area, x, y] = [0, 0, 0]
  outer.forEach((p, k) => {
    const q = outer[(k + 1) % outer.length]
    const cross = p.lng * q.lat - q.lng * p.lat
    area += cross
    x += (p.lng + q.lng) * cross
    y += (p.lat + q.lat) * cross
  })
  return area ? L.latLng(y / (3 * area), x / (3 * area)) : L.latLngBounds(outer).getCenter()
}

export class PlannerMap {
  constructor (element, { choose, attribution, facts }) {
    this.facts = facts
    this.element = element
    this.choose = choose
    element.hidden = false
    this.map = L.map(element, { scrollWheelZoom: false, zoomSnap: 0.25, maxZoom: 16, fadeAnimation: false, zoomAnimation: !window.matchMedia('(prefers-reduced-motion: reduce)').matches })
    this.map.attributionControl.setPrefix(false)
    if (attribution) this.map.attributionControl.addAttribution(lines(attribution).firstChild.innerHTML)
    L.control.scale({ imperial: true }).addTo(this.map)
    for (const [way, words] of [['in', say('Zoom in')], ['out', say('Zoom out')]]) {
      const button = element.querySelector(`.leaflet-control-zoom-${way}`)
      button.setAttribute('aria-label', words)
      button.title = words
    }
    this.renderers = {}
    for (const [name, z] of LAYERS) {
      this.map.createPane(name).style.zIndex = z
      this.renderers[name] = L.svg({ pane: name, padding: 0.4 })
    }
    this.shapes = new Map()
    this.labels = L.layerGroup().addTo(this.map)
    this.drawn = []
    this.current = null
    element.addEventListener('keydown', (event) => this.#key(event))
    this.map.on('zoomend', () => this.#zoomed())
    this.map.on('moveend', () => this.#label())
  }

  #layer (pane, features, options) {
    return L.geoJSON({ type: 'FeatureCollection', features }, { renderer: this.renderers[pane], pane, ...options })
  }

  // Lines that are right for a county would blacken a country.
  #zoomed () {
    this.element.dataset.lines = this.shapes.size < LABELLED ? 'wide' : this.map.getZoom() < 7.5 ? 'hair' : this.map.getZoom() < 9 ? 'thin' : 'wide'
    this.#label()
  }

  // Moves the map to some areas, or to all.
  look (codes) {
    const layers = (codes.length ? codes : [...this.shapes.keys()]).map((code) => this.shapes.get(code)?.layer).filter(Boolean)
    if (layers.length) this.#fit(L.featureGroup(layers).getBounds())
  }

  #fit (bounds) {
    this.map.fitBounds(bounds, { padding: [14, 14], animate: false })
    this.fitted = { bounds, zoom: this.map.getZoom(), centre: this.map.getCenter() }
  }

  // A map that was hidden had no size to fit anything to; one that nobody has moved since it was fitted is fitted anew.
  resize () {
    const { fitted } = this
    const untouched = fitted && this.map.getZoom() === fitted.zoom && this.map.getCenter().equals(fitted.centre)
    const width = this.map.getSize().x
    this.map.invalidateSize({ animate: false })
    if (!this.element.clientWidth) return
    if (this.bounds) this.#fit(this.bounds)
    else if (untouched && this.map.getSize().x !== width) this.#fit(fitted.bounds)
    this.bounds = null
  }

  // features: of the units (and districts of those that are split) by code; pieces, targets: GeoJSON
  show ({ bases, pieces, targets, unitSet, targetSet }) {
    for (const layer of this.drawn) layer.remove()
    this.shapes.clear()
    this.sets = { unitSet, targetSet }
    const split = new Set(bases.filter((base) => base.district).map((base) => base.unit))
    this.pieces = this.#layer('pieces', pieces.features, {
      style: ({ properties: p }) => ({ className: `pl-piece pl-piece--${p.kind.replaceAll(' ', '-')}`, weight: 1, ...filled(PIECES[p.kind] ?? 'uncovered') }),
      onEachFeature: ({ properties: p }, layer) => {
        layer.bindTooltip(lines(pieceWords(p, targetSet), p.kind === 'sliver' ? say('A sliver: the same line drawn twice') : ''), { sticky: true })
        const tell = () => { this.facts.textContent = `${pieceWords(p, targetSet)}.` }
        layer.on({ mouseover: tell, click: () => { tell(); if (!split.has(p.source)) this.choose(p.source) } })
      }
    })
    this.units = this.#layer('units', bases.map((base) => ({ ...base.feature, properties: { code: base.code } })), {
      style: { className: 'pl-unit', weight: 1.5, ...filled('plain') },
      onEachFeature: ({ properties }, layer) => {
        this.shapes.set(properties.code, { layer, at: middle(layer), base: bases.find((base) => base.code === properties.code) })
        layer.bindTooltip(() => this.#tip(properties.code), { sticky: true })
        layer.on('click', () => this.choose(properties.code))
      }
    })
    this.outlines = this.#layer('targets', bases.map(({ feature }) => feature), { interactive: false, style: { className: 'pl-outline', fill: false, weight: 1.5 } })
    this.edges = this.#layer('targets', targets.features, { interactive: false, style: { className: 'pl-target-edge', fill: false, weight: 5 } })
    this.targets = this.#layer('targets', targets.features, { interactive: false, style: { className: 'pl-target', fill: false, weight: 2.5 } })
    this.marks = L.layerGroup()
    this.ring = L.layerGroup()
    this.drawn = [this.pieces, this.units, this.outlines, this.edges, this.targets, this.marks, this.ring]
    for (const layer of this.drawn) layer.addTo(this.map)
    const bounds = this.units.getBounds()
    const frame = [unitSet, targetSet].join()
    if (bounds.isValid() && this.frame !== frame) this.bounds = bounds
    if (!this.map._loaded && this.bounds) this.#fit(this.bounds)
    this.resize()
    this.frame = frame
    this.#zoomed()
    this.current = this.shapes.has(this.current) ? this.current : this.shapes.keys().next().value
    for (const [code, { layer }] of this.shapes) {
      const path = layer.getElement()
      if (!path) continue
      path.setAttribute('role', 'button')
      path.setAttribute('tabindex', code === this.current ? '0' : '-1')
      path.dataset.code = code
      path.addEventListener('focus', () => { layer.closeTooltip(); this.#focus(code) })
      path.addEventListener('blur', () => this.unring())
      layer.on('mouseover', () => { this.facts.textContent = `${this.#words(code).join('. ')}.` })
    }
  }

  #tip (code) { return lines(...this.#words(code)) }

  #words (code) {
    const { base } = this.shapes.get(code)
    const fit = this.fits?.get(base.unit)
    const group = this.plan.group.get(code)
    return [
      `${base.name}${base.population === null ? '' : `, ${people(base.population)}`}`,
      fit && !base.district && `${capital(classOf(fit.class).words)}${fit.best ? `: ${fit.best}` : ''}${fit.outside >= 0.5 ? `; ${sayMany('{n} person lives in another {target}', '{n} people live in another {target}', Math.round(fit.outside), { target: one(this.sets.targetSet) })}` : ''}`,
      group !== undefined && say('Part of {group}', { group: this.plan.titleOf(this.plan.merges[group]) })
    ].filter(Boolean)
  }

  // fits: class, best match and people outside by unit; after: classes of the scenario's areas, by base code
  // opened: the unit whose small areas are drawn, with no label over them
  paint ({ view, plan, fits, after, opened = this.opened }) {
    this.opened = opened
    this.plan = plan
    this.fits = fits
    this.element.dataset.view = view
    const shown = view === 'differ'
    if (shown !== this.map.hasLayer(this.pieces)) shown ? this.pieces.addTo(this.map) : this.pieces.remove()
    this.map.getPane('pieces').style.zIndex = shown ? 435 : 410
    this.marks.clearLayers()
    for (const [code, { layer, base }] of this.shapes) {
      const path = layer.getElement()
      if (!path) continue
      const group = plan.group.get(code)
      const slug = classOf(after?.get(code) ?? fits?.get(base.unit)?.class).slug
      const changed = group !== undefined || base.district || plan.moves.some(({ from, to }) => from === code || to === code)
      const change = group === undefined ? 'split-off' : `group-${group % 4}`
      path.setAttribute('fill', `url(#pl-${view === 'class' ? slug : view === 'change' && changed ? change : 'plain'})`)
      path.dataset.fill = view === 'class' ? slug : view === 'change' && changed ? change : ''
      path.setAttribute('aria-label', this.#words(code).join('. '))
      path.setAttribute('aria-pressed', String(plan.chosen.includes(code)))
      if (plan.chosen.includes(code)) this.#mark(layer, 'pl-chosen')
    }
    for (const merge of plan.merges) this.#outline(merge.units.map((code) => this.shapes.get(code)?.layer).filter(Boolean))
    this.#label()
  }

  #mark (layer, className) {
    for (const [part, weight] of [['edge', 7], ['line', 3.5]]) {
      this.marks.addLayer(L.geoJSON(layer.toGeoJSON(), { pane: 'marks', renderer: this.renderers.marks, interactive: false, style: { className: `${className}-${part}`, weight, ...(part === 'line' ? filled('chosen') : { fill: false }) } }))
    }
  }

  // Around a group: lines that two of its members share are inside it and left out.
  #outline (layers) {
    const found = new Map()
    const walk = (part) => {
      if (!(part[0] instanceof L.LatLng)) return part.forEach(walk)
      part.forEach((a, k) => {
        const b = part[(k + 1) % part.length]
        const key = [`${a.lng} ${a.lat}`, `${b.lng} ${b.lat}`].sort().join()
        if (found.has(key)) found.set(key, null)
        else found.set(key, [a, b])
      })
    }
    for (const layer of layers) walk(layer.getLatLngs())
    const segments = [...found.values()].filter(Boolean)
    for (const [className, weight] of [['pl-grouped-edge', 8], ['pl-grouped-line', 4.5]]) {
      this.marks.addLayer(L.polyline(segments, { pane: 'marks', renderer: this.renderers.marks, interactive: false, noClip: true, smoothFactor: 0, className, weight }))
    }
  }

  #label () {
    this.labels.clearLayers()
    if (!this.plan || !this.map._loaded) return
    const view = this.map.getBounds()
    const seen = [...this.shapes.values()].filter(({ at }) => view.contains(at))
    if (seen.length > LABELLED) return
    for (const { at, base, layer } of seen) {
      if (base.unit === this.opened) continue
      const [sw, ne] = [layer.getBounds().getSouthWest(), layer.getBounds().getNorthEast()].map((corner) => this.map.latLngToLayerPoint(corner))
      if (ne.x - sw.x < 60) continue
      this.labels.addLayer(L.tooltip({ permanent: true, direction: 'center', className: 'pl-label', interactive: false, content: lines(base.name) }).setLatLng(at))
    }
    for (const label of this.element.querySelectorAll('.pl-label')) label.setAttribute('aria-hidden', 'true')
  }

  #focus (code) {
    const { layer, at } = this.shapes.get(code)
    this.shapes.get(this.current)?.layer.getElement()?.setAttribute('tabindex', '-1')
    layer.getElement().setAttribute('tabindex', '0')
    this.current = code
    if (!layer.getElement().matches(':focus-visible')) return
    this.map.panInside(at, { padding: [60, 60], animate: false })
    this.ringAround(layer)
    this.facts.textContent = `${this.#words(code).join('. ')}.`
  }

  // The focus is seen around whatever has it.
  unring () { this.ring.clearLayers() }

  ringAround (layer) {
    this.unring()
    for (const [className, weight] of [['pl-focus-edge', 9], ['pl-focus-line', 4]]) {
      this.ring.addLayer(L.geoJSON(layer.toGeoJSON(), { pane: 'marks', renderer: this.renderers.marks, interactive: false, style: { className, weight, fill: false } }))
    }
  }

  #key (event) {
    const code = event.target.dataset?.code
    if (code === undefined) return
    if (event.key === 'Enter' || event.key === ' ') this.choose(code)
    else if (WAYS[event.key]) this.#towards(code, WAYS[event.key])
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  #towards (code, way) {
    const next = nextThatWay(new Map([...this.shapes].map(([one, { at }]) => [one, this.map.latLngToLayerPoint(at)])), code, way)
    if (next) this.shapes.get(next).layer.getElement().focus()
  }
}

export function pieceWords (p, targetSet) {
  const values = { area: p.source_name, other: p.target_name, people: people(p.population), target: one(targetSet) }
  if (p.population === null || p.population === undefined) return p.target ? say('Land of {area} lies in {other}', values) : say('Land of {area}: no {target} is known here', values)
  return p.target
    ? sayMany('{n} person of {area} lives in {other}', '{n} people of {area} live in {other}', Math.round(p.population), values)
    : say('{people} of {area}: no {target} is known here', values)
}

export const mapTitle = (view, units, targets) => ({
  differ: say('Where {units} and {targets} agree and differ', { units: many(units), targets: many(targets) }),
  class: say('How each {unit} fits its {target}', { unit: one(units), target: one(targets) }),
  change: say('What the scenario changes')
})[view]
