// A form made from the JSON schemas of an analysis's inputs: what is left as it was is not sent, so that the server's default holds.
import { el } from '../planner/dom.js'

const plain = (schema) => {
  const kinds = schema.anyOf?.filter((one) => one.type !== 'null') ?? []
  return kinds.length === 1 ? { ...schema, ...kinds[0] } : schema
}

const words = (value) => (Array.isArray(value) ? value.join(', ') : value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value))

function range (schema) {
  const [low, high] = [schema.minimum ?? schema.exclusiveMinimum, schema.maximum ?? schema.exclusiveMaximum]
  if (low !== undefined && high !== undefined) return ` From ${low} to ${high}.`
  if (low !== undefined) return ` ${schema.minimum === undefined ? 'More than' : 'At least'} ${low}.`
  return high === undefined ? '' : ` ${schema.maximum === undefined ? 'Less than' : 'At most'} ${high}.`
}

function told (schema) {
  const start = words(schema.default)
  return start !== '' && schema.type !== 'boolean' && schema.type !== 'object' ? ` ${start} where left empty.` : ''
}

export class BadInput extends Error {
  constructor (name, title, said) {
    super(`${title}: ${said}`)
    this.field = name
  }
}

// Gives {element, read}: `read` gives the value, or undefined where nothing was filled in.
export function field (name, input) {
  const schema = plain(input.schema)
  const id = `input-${name}`
  const hint = `${id}-hint`
  const title = input.title
  const described = el('div', { class: 'govuk-hint jb-hint', id: hint }, `${input.description}${range(schema)}${told(schema)}`)
  const asked = { id, name, 'aria-describedby': hint, required: input.minOccurs > 0 }
  if (schema.type === 'boolean') {
    const box = el('input', { type: 'checkbox', class: 'govuk-checkboxes__input', ...asked, required: false, checked: schema.default === true })
    return {
      element: el('div', { class: 'govuk-form-group jb-tick govuk-checkboxes govuk-checkboxes--small' },
        el('div', { class: 'govuk-checkboxes__item' }, box, el('label', { class: 'govuk-label govuk-checkboxes__label', for: id }, title)), described),
      read: () => (box.checked === (schema.default === true) ? undefined : box.checked)
    }
  }
  let control
  if (schema.enum) {
    control = el('select', { class: 'govuk-select', ...asked },
      (input.minOccurs === 0 && !schema.enum.includes(schema.default)) && el('option', { value: '' }, 'none chosen'),
      schema.enum.map((one) => el('option', { value: one, selected: one === schema.default }, String(one))))
  } else if (schema.type === 'object') {
    control = el('textarea', { class: 'govuk-textarea jb-code', rows: 5, spellcheck: 'false', ...asked })
  } else {
    const number = schema.type === 'integer' || schema.type === 'number'
    control = el('input', { class: `govuk-input${number ? ' govuk-input--width-10' : ''}`, type: 'text', inputmode: number ? 'decimal' : null, autocomplete: 'off', spellcheck: 'false', placeholder: null, ...asked })
  }
  const read = () => {
    const text = control.value.trim()
    if (text === '' || (schema.enum && text === String(schema.default))) {
      if (text === '' && input.minOccurs > 0) throw new BadInput(name, title, 'this is needed.')
      return undefined
    }
    return valueOf(text, schema, name, title)
  }
  return {
    element: el('div', { class: 'govuk-form-group' }, el('label', { class: 'govuk-label', for: id }, title), described, control),
    read
  }
}

function valueOf (text, schema, name, title) {
  if (schema.type === 'object') {
    try {
      const value = JSON.parse(text)
      if (value && typeof value === 'object' && !Array.isArray(value)) return value
    } catch { /* said below */ }
    throw new BadInput(name, title, 'this is not a JSON object.')
  }
  if (schema.type === 'array') {
    const entries = text.split(',').map((one) => one.trim()).filter(Boolean)
    return schema.items?.type === 'string' ? entries : entries.map((one) => numeric(one, name, title))
  }
  if (schema.type === 'integer' || schema.type === 'number') {
    const value = numeric(text, name, title)
    if (schema.type === 'integer' && !Number.isInteger(value)) throw new BadInput(name, title, 'a whole number is needed.')
    return value
  }
  return text
}

function numeric (text, name, title) {
  const value = Number(text)
  if (!Number.isFinite(value)) throw new BadInput(name, title, `${text} is not a number.`)
  return value
}
