// Fields with their labels, hints and error sentences, in the look of GOV.UK Frontend.
import { say } from '../words.js'
import { el } from './dom.js'

export function field ({ name, label, hint, value = '', prefix, suffix, wide = false, act }) {
  const ids = [hint && `${name}-hint`, `${name}-error`].filter(Boolean).join(' ')
  const input = el('input', { class: `govuk-input${wide ? '' : ' govuk-input--width-10'}`, id: name, name, type: 'text', inputmode: wide ? null : 'decimal', autocomplete: 'off', value, 'aria-describedby': ids, 'data-key': name, on: { input: () => act(input.value) } })
  return el('div', { class: 'govuk-form-group pl-field' },
    el('label', { class: 'govuk-label', for: name }, label),
    hint && el('div', { class: 'govuk-hint', id: `${name}-hint` }, hint),
    el('p', { class: 'govuk-error-message', id: `${name}-error`, hidden: true }),
    el('div', { class: 'govuk-input__wrapper' },
      prefix && el('div', { class: 'govuk-input__prefix', 'aria-hidden': 'true' }, prefix),
      input,
      suffix && el('div', { class: 'govuk-input__suffix', 'aria-hidden': 'true' }, suffix)))
}

export function showError (name, words) {
  const [input, message] = [document.getElementById(name), document.getElementById(`${name}-error`)]
  if (!input || !message) return
  message.hidden = !words
  message.replaceChildren(...(words ? [el('span', { class: 'govuk-visually-hidden' }, say('Error:'), ' '), words] : []))
  input.classList.toggle('govuk-input--error', Boolean(words))
  if (words) input.setAttribute('aria-invalid', 'true')
  else input.removeAttribute('aria-invalid')
}

export function checkbox ({ id, label, hint, checked, act, key }) {
  const input = el('input', { class: 'govuk-checkboxes__input', type: 'checkbox', id, 'data-key': key ?? id, 'aria-describedby': hint ? `${id}-hint` : null, on: { change: () => act(input.checked) } })
  input.checked = Boolean(checked)
  return el('div', { class: 'govuk-checkboxes__item' }, input,
    el('label', { class: 'govuk-label govuk-checkboxes__label', for: id }, label),
    hint && el('div', { class: 'govuk-hint govuk-checkboxes__hint', id: `${id}-hint` }, hint))
}

export function select ({ id, label, hint, options, value, act }) {
  const input = el('select', { class: 'govuk-select', id, name: id, 'data-key': id, 'aria-describedby': hint ? `${id}-hint` : null, on: { change: () => act(input.value) } },
    options.map(([key, words]) => el('option', { value: key }, words)))
  if (options.some(([key]) => key === value)) input.value = value
  return el('div', { class: 'govuk-form-group pl-field' },
    el('label', { class: 'govuk-label', for: id }, label),
    hint && el('div', { class: 'govuk-hint', id: `${id}-hint` }, hint),
    input)
}

export const fieldset = (legend, ...children) => el('fieldset', { class: 'govuk-fieldset pl-fieldset' },
  el('legend', { class: 'govuk-fieldset__legend govuk-fieldset__legend--s' }, legend), ...children)
