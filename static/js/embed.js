// What an embedded map starts: the map, and nothing else of the site.
import { startMaps } from './map.js'

document.body.classList.add('js-enabled')
startMaps(document)
