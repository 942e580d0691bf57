package bad_test

import data.bad

test_a if {
	count(bad.violation) == 0
	http.send({"url": "http://127.0.0.1/", "method": "GET"}).status_code == 200
}
