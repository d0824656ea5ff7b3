// Elements made from names and texts. Whatever comes from data becomes text or an attribute's value, never markup.
const SVG = 'http://www.w3.org/2000/svg'

function put (parent, child) {
  if (Array.isArray(child)) child.forEach((one) => put(parent, one))
  else if (child !== null && child !== undefined && child !== false) parent.append(child)
}

function dressed (made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (name === 'on') for (const [event, act] of Object.entries(value)) made.addEventListener(event, act)
    else if (name === 'data') Object.assign(made.dataset, value)
    else if (name === 'value' && 'value' in made) made.value = value
    else made.setAttribute(name, value === true ? '' : value)
  }
  put(made, children)
  return made
}

export const el = (name, attributes = {}, ...children) => dressed(document.createElement(name), attributes, children)
export const svg = (name, attributes = {}, ...children) => dressed(document.createElementNS(SVG, name), attributes, children)

// Puts new children in the place of the old ones, and gives the focus back to the element with the same data-key.
export function refill (box, ...children) {
  const held = box.contains(document.activeElement) ? document.activeElement.closest('[data-key]')?.dataset.key : null
  box.replaceChildren()
  put(box, children)
  if (held) [...box.querySelectorAll('[data-key]')].find((one) => one.dataset.key === held)?.focus({ preventScroll: true })
}

export const heading = (level, size, words, attributes = {}) => el(`h${level}`, { class: `govuk-heading-${size}`, ...attributes }, words)
export const paragraph = (...words) => el('p', { class: 'govuk-body' }, ...words)
export const note = (...words) => el('p', { class: 'cm-note' }, ...words)

// A button that is off stays where the Tab key finds it, so that nobody loses their place when it goes off under them.
export function button (words, act, { kind = 'secondary', off = false, ...attributes } = {}) {
  const look = kind === 'plain' ? 'pl-link-button' : `govuk-button${kind === 'main' ? '' : ` govuk-button--${kind}`} pl-button`
  return el('button', { type: 'button', class: look, 'aria-disabled': off ? 'true' : null, on: { click: off ? () => {} : act }, ...attributes }, words)
}

export function details (summary, ...children) {
  return el('details', { class: 'govuk-details' },
    el('summary', { class: 'govuk-details__summary' }, el('span', { class: 'govuk-details__summary-text' }, summary)),
    el('div', { class: 'govuk-details__text' }, ...children))
}

// A sentence in place of what could not be had.
export const trouble = (words) => el('p', { class: 'pl-trouble', role: 'alert' }, words)
