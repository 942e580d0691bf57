package failing_test

import data.failing

test_passes if count(failing.violation) == 1 with input as {"images": [{"ref": "a", "registry": "b"}], "parameters": {"registries": []}}

test_fails if {
	print("wanted are none")
	count(failing.violation) == 0 with input as {"images": [{"ref": "a", "registry": "b"}], "parameters": {"registries": []}}
}

test_each[name] if {
	some name, wanted in {"one": 1, "two": 2}
	wanted == 1
}

todo_test_later if false
