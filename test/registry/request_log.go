// Remembers which requests came, so that tests can count them.
package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

// asked is one request as tests want to see it.
type asked struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// The scheme of the Authorization header, never its value.
	Authorization string `json:"authorization"`
}

// requestLog keeps what was asked and answers it at /asked; what a test itself does is left out.
type requestLog struct {
	next http.Handler

	lock sync.Mutex
	seen []asked
}

func (l *requestLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/asked" {
		l.lock.Lock()
		defer l.lock.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(append([]asked{}, l.seen...))
		return
	}
	if r.Header.Get("X-Push") == "" {
		scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		l.lock.Lock()
		l.seen = append(l.seen, asked{Method: r.Method, Path: r.URL.Path, Authorization: scheme})
		l.lock.Unlock()
	}
	l.next.ServeHTTP(w, r)
}
