// The key of what is on the map, in people's units.
import { RAMP, pointRadius } from '../scale.js'
import { number, say, sayMany } from '../words.js'

const SVG = 'http://www.w3.org/2000/svg'

function shape (name, attributes) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

function swatch (className, size, ...shapes) {
  const box = shape('svg', { viewBox: `0 0 ${size} ${size}`, width: size, height: size, class: `cm-key ${className}`, 'aria-hidden': 'true' })
  box.append(...shapes)
  return box
}

function item (mark, words) {
  const row = document.createElement('li')
  row.append(mark, words)
  return row
}

const hexagon = (className, fill) => swatch(className, 20, shape('path', { d: 'M10 1.5 17.4 5.8v8.4L10 18.5 2.6 14.2V5.8z', ...(fill && { fill }) }))
const block = (fill) => swatch('cm-key--class', 20, shape('rect', { x: 1, y: 3, width: 18, height: 14, fill }))
const rule = (className) => swatch(className, 20, shape('path', { d: 'M1 10H19' }))

function classes (breaks, mark) {
  return breaks.map((from, at) => {
    const to = breaks[at + 1]
    const words = to === undefined ? say('{n} or more', { n: number(from) }) : to - from === 1 ? number(from) : say('{low} to {high}', { low: number(from), high: number(to - 1) })
    return item(mark(RAMP[Math.min(at, RAMP.length - 1)]), words)
  })
}

function circles (most, factor) {
  const wanted = [1, 10, 50, 200].filter((n) => n <= Math.max(most, 1)).slice(-3)
  return wanted.map((n) => {
    const r = Math.max(1.5, factor * pointRadius(n))
    const size = Math.max(20, Math.ceil(2 * r + 3))
    return item(swatch('cm-key--point', size, shape('circle', { cx: size / 2, cy: size / 2, r })), sayMany('map point with {n} incident', 'map point with {n} incidents', n))
  })
}

function group (title, rows) {
  const box = document.createElement('div')
  box.className = 'cm-legend-group'
  const list = document.createElement('ul')
  list.className = 'cm-legend'
  list.append(...rows)
  box.append(Object.assign(document.createElement('p'), { className: 'cm-legend__title', textContent: title }), list)
  return box
}

// shown: { shade, points, areas }, span: words for the months
export function legend ({ shade, points, areas, breaks, levels, bandwidth, most, factor, months, latest, gap, square, outlined }) {
  const groups = []
  if (shade === 'hexagons') {
    groups.push(group(say('Incidents recorded in each hexagon, {months}', { months }), [
      ...classes(breaks, (fill) => hexagon('cm-key--class', fill)),
      item(hexagon('cm-key--none'), say('no colour: none recorded')),
      ...(outlined ? [item(hexagon('cm-key--hot'), say('dark outline: hotspot, all types, {months}', { months: latest }))] : [])
    ]))
  }
  if (shade === 'density' && levels) {
    groups.push(group(say('Density: incidents for each square kilometre, all types, {months}', { months: latest }), [
      ...classes(levels, block),
      item(swatch('cm-key--none', 20, shape('rect', { x: 1, y: 3, width: 18, height: 14 })), say('no colour: less than one')),
      item(document.createTextNode(''), say('Each incident is spread over {n} metres around its map point.', { n: number(bandwidth) }))
    ]))
  }
  if (points) groups.push(group(say('Map points, {months}', { months }), circles(most, factor)))
  groups.push(group(say('Lines'), [
    item(rule('cm-key--boundary'), say('boundary of this area')),
    ...(areas ? [item(rule('cm-key--context'), say('boundaries around and inside it'))] : []),
    ...(square ? [item(rule('cm-key--grid'), square >= 1000 ? say('grid: squares of {n} km', { n: number(square / 1000) }) : say('grid: squares of {n} m', { n: number(square) }))] : []),
    ...(gap === 'no_data' ? [item(swatch('cm-key--gap', 20, shape('path', { d: 'M0 20 20 0M0 10 10 0M10 20 20 10' })), say('hatched: no data for these months'))] : []),
    ...(gap === 'suppressed' ? [item(swatch('cm-key--gap cm-key--dots', 20, ...[5, 15].flatMap((x) => [5, 15].map((y) => shape('circle', { cx: x, cy: y, r: 2 })))), say('dotted: the numbers are too small to show'))] : [])
  ]))
  return groups
}
