# Times and durations, on what may and what may not be one.
package times_differ

violation contains {"msg": "parse", "of": text, "got": time.parse_rfc3339_ns(text)} if some text in _times

violation contains {"msg": "duration", "of": text, "got": time.parse_duration_ns(text)} if some text in _durations

violation contains {"msg": "parts", "of": text, "got": [time.date(at), time.clock(at), time.weekday(at), time.format(at)]} if {
	some text in _times
	at := time.parse_rfc3339_ns(text)
}

# Zones are known from 1970 on; a rule that asks for earlier is undecided.
violation contains {"msg": "zone", "of": text, "got": [time.date([at, zone]), time.clock([at, zone]), time.format([at, zone, "2006-01-02T15:04:05Z07:00"])]} if {
	some text in _times
	some zone in ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]
	at := time.parse_rfc3339_ns(text)
	at >= 0
}

violation contains {"msg": "add", "of": text, "got": [time.add_date(at, 0, 1, 0), time.add_date(at, 1, -2, 30), time.add_date(at, 0, 0, -40)]} if {
	some text in _times
	at := time.parse_rfc3339_ns(text)
}

violation contains {"msg": "diff", "of": [a, b], "got": time.diff(time.parse_rfc3339_ns(a), time.parse_rfc3339_ns(b))} if {
	some a in _times
	some b in _times
}

violation contains {"msg": "age", "of": [a, b], "got": time.parse_rfc3339_ns(a) - time.parse_rfc3339_ns(b)} if {
	some a in _times
	some b in _times
}

violation contains {"msg": "layout", "of": text, "got": time.parse_ns("2006-01-02", substring(text, 0, 10))} if some text in _times

_times contains input.now

_times contains image.firstSeenAt if some image in input.images

_times contains text if some text in input.workload.annotations

_durations contains text if some text in input.workload.annotations

_durations contains text if some text in ["1h30m", "1.5h", "-2m3.5s", "100us", "1d", "", "3"]
