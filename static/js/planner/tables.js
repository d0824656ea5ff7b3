// Tables that can be sorted by each column and saved as CSV; on a telephone each row becomes a block of labelled lines.
import { say, sayMany } from '../words.js'
import { el } from './dom.js'
import { saveText } from './downloads.js'

const FIRST = 100
let made = 0

function compare (a, b) {
  const unknown = [a, b].map((value) => value === null || value === undefined || Number.isNaN(value))
  if (unknown[0] || unknown[1]) return unknown[0] - unknown[1]
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en-GB', { numeric: true })
}

// columns: {label, value(row), show(row)?, numeric?, head?, sort?: false, csv?: false, hidden?}. The one with `head` names the row;
// one that is hidden is in the file alone.
export function table ({ caption, columns: everything, rows, file, sorted = null, csv = true, mark, first = FIRST }) {
  const columns = everything.filter((column) => !column.hidden)
  const id = `pl-table-${++made}`
  let order = sorted ?? { column: -1, down: false }
  let all = rows.length <= first
  const body = el('tbody', { class: 'govuk-table__body', role: 'rowgroup' })
  const heads = columns.map((column, k) => el('th', { scope: 'col', role: 'columnheader', class: `govuk-table__header${column.numeric ? ' govuk-table__header--numeric' : ''}` },
    column.sort === false ? column.label : el('button', { type: 'button', class: 'pl-sort', on: { click: () => sortBy(k) } }, column.label)))
  const choose = el('select', { class: 'govuk-select', id: `${id}-sort`, on: { change: () => { const [k, down] = choose.value.split(' '); order = { column: Number(k), down: down === 'down' }; draw() } } },
    el('option', { value: '-1 up' }, say('as listed')), columns.flatMap((column, k) => column.sort === false
      ? []
      : [false, true].map((down) => el('option', { value: `${k} ${down ? 'down' : 'up'}` }, `${column.label}, ${column.numeric ? (down ? say('largest first') : say('smallest first')) : (down ? say('Z to A') : say('A to Z'))}`))))
  const more = el('button', { type: 'button', class: 'pl-link-button', on: { click: () => { all = true; draw() } } }, sayMany('Show the {n} row', 'Show all {n} rows', rows.length))

  function sortBy (k) {
    order = { column: k, down: order.column === k ? !order.down : Boolean(columns[k].numeric) }
    draw()
  }

  function arranged () {
    const column = columns[order.column]
    if (!column) return rows
    return [...rows].sort((a, b) => {
      const [x, y] = [column.value(a), column.value(b)]
      const absent = (v) => v === null || v === undefined
      return order.down && !absent(x) && !absent(y) ? -compare(x, y) : compare(x, y)
    })
  }

  function cell (column, row) {
    const shown = column.show ? column.show(row) : column.value(row)
    const absent = shown === say('not known') || shown === null || shown === undefined
    const content = absent ? el('span', { class: 'cm-absent' }, say('not known')) : shown
    const numeric = column.numeric ? ' govuk-table__cell--numeric' : ''
    return column.head
      ? el('th', { scope: 'row', role: 'rowheader', class: 'govuk-table__header' }, content)
      : el('td', { role: 'cell', class: `govuk-table__cell${numeric}`, 'data-label': column.label }, content)
  }

  function draw () {
    const shown = all ? arranged() : arranged().slice(0, first)
    body.replaceChildren(...shown.map((row) => el('tr', { role: 'row', class: `govuk-table__row${mark?.(row) ? ' pl-marked' : ''}` }, columns.map((column) => cell(column, row)))))
    heads.forEach((head, k) => {
      if (columns[k].sort === false) return
      head.setAttribute('aria-sort', order.column === k ? (order.down ? 'descending' : 'ascending') : 'none')
    })
    choose.value = `${order.column} ${order.down ? 'down' : 'up'}`
    more.hidden = all
  }

  draw()
  const sortable = columns.some((column) => column.sort !== false)
  return el('div', { class: 'pl-table' },
    sortable && rows.length > 3 && el('div', { class: 'pl-sort-by' }, el('label', { for: `${id}-sort`, class: 'govuk-label' }, say('Sort by')), choose),
    el('div', { class: 'cm-table-box', tabindex: '0', role: 'region', 'aria-label': caption },
      el('table', { class: 'govuk-table cm-table pl-stacked', role: 'table', id },
        el('caption', { class: 'govuk-table__caption govuk-table__caption--s' }, caption),
        el('thead', { class: 'govuk-table__head', role: 'rowgroup' }, el('tr', { role: 'row', class: 'govuk-table__row' }, heads)),
        body)),
    more,
    csv && file && el('p', { class: 'pl-save' }, el('button', { type: 'button', class: 'pl-link-button', on: { click: () => saveText(file, csvText(everything, arranged()), 'text/csv') } }, say('Save this table (CSV)'))))
}

// A spreadsheet must not run a name as a formula.
function csvCell (value) {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const words = /^[=+\-@\t\r]/.test(String(value)) ? `'${value}` : String(value)
  return /[",\r\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words
}

export function csvText (columns, rows) {
  const kept = columns.filter((column) => column.csv !== false)
  return [kept.map((column) => column.label), ...rows.map((row) => kept.map((column) => column.value(row)))]
    .map((line) => line.map(csvCell).join(',')).join('\r\n') + '\r\n'
}
