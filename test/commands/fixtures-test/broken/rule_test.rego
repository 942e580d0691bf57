package broken_test

test_x if true
