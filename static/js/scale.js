// Classes, colours and sizes: one calm ramp of even steps in lightness, the same in the legend and on the map.
const NUMBER = new Intl.NumberFormat('en-GB')
export const RAMP = ['#c9e1ea', '#94c3d5', '#5a9eb9', '#2b7694', '#0d4b64']

// breaks: lower ends of the classes, ascending.
export function classOf (value, breaks) {
  let found = 0
  for (let i = 0; i < breaks.length; i++) if (value >= breaks[i]) found = i
  return found
}

export const colourOf = (index) => RAMP[Math.min(index, RAMP.length - 1)]

// The circle's area grows with the count.
export const pointRadius = (count) => Math.min(2.5 + 1.5 * Math.sqrt(count), 24)

function swatch (className, colour) {
  const box = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  box.setAttribute('viewBox', '0 0 20 20')
  box.setAttribute('class', `cm-key ${className}`)
  box.setAttribute('aria-hidden', 'true')
  const shape = document.createElementNS('http://www.w3.org/2000/svg', className.includes('point') ? 'circle' : 'path')
  if (className.includes('point')) {
    shape.setAttribute('cx', '10')
    shape.setAttribute('cy', '10')
    shape.setAttribute('r', '6')
  } else {
    shape.setAttribute('d', 'M10 1.5 17.4 5.8v8.4L10 18.5 2.6 14.2V5.8z')
  }
  if (colour) shape.setAttribute('fill', colour)
  box.append(shape)
  return box
}

function item (className, colour, words) {
  const row = document.createElement('li')
  row.append(swatch(className, colour), words)
  return row
}

export function legend (breaks, withPoints, onlyHot) {
  const rows = breaks.map((from, i) => {
    const to = breaks[i + 1]
    const words = to === undefined ? `${NUMBER.format(from)} or more` : to - from === 1 ? `${from}` : `${NUMBER.format(from)} to ${NUMBER.format(to - 1)}`
    return item('cm-key--class', colourOf(i), words)
  })
  rows.push(item('cm-key--none', null, onlyHot ? 'no colour: not a hotspot' : 'no colour: none recorded'))
  rows.push(item('cm-key--hot', null, 'hotspot: dark outline'))
  if (withPoints) rows.push(item('cm-key--point', null, 'map point: larger with more incidents'))
  return rows
}
