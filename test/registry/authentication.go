// What a client has to show before it may pull: nothing, a user with a password, or a token from the realm on the same server.
package main

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// authentication is what a client has to show: nothing, a user with a password, or a token that is fetched from the realm.
type authentication struct {
	scheme       string
	user         string
	password     string
	refreshToken string
	realm        string
	tokenLife    time.Duration

	lock   sync.Mutex
	tokens map[string]grant
}

// grant is what a token allows until when.
type grant struct {
	scope   string
	expires time.Time
}

// wrap puts the authentication in front of the registry.
func (a *authentication) wrap(next http.Handler) (http.Handler, error) {
	switch a.scheme {
	case "none":
		return next, nil
	case "basic":
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !a.isUser(r) && !a.isPush(r) {
				refuse(w, `Basic realm="test registry"`)
				return
			}
			next.ServeHTTP(w, r)
		}), nil
	case "token":
		a.tokens = map[string]grant{}
		mux := http.NewServeMux()
		mux.HandleFunc("/token", a.issue)
		mux.HandleFunc("/v2/", func(w http.ResponseWriter, r *http.Request) {
			scope := scopeOf(r)
			if !a.allows(r, scope) {
				refuse(w, fmt.Sprintf(`Bearer realm="%s",service="test registry",scope="%s"`, a.realm, scope))
				return
			}
			next.ServeHTTP(w, r)
		})
		return mux, nil
	}
	return nil, fmt.Errorf("-auth must be none, basic or token, not %q", a.scheme)
}

// issue answers as https://distribution.github.io/distribution/spec/auth/token/ and /oauth/ have it. Pushing is for the user alone.
func (a *authentication) issue(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("service") != "test registry" {
		http.Error(w, "unknown service", http.StatusBadRequest)
		return
	}
	scope := r.FormValue("scope")
	isKnown := a.isUser(r)
	answer := map[string]any{"expires_in": int(a.tokenLife.Seconds())}
	token := rand.Text()
	switch r.Method {
	case http.MethodGet:
		answer["token"] = token
	case http.MethodPost:
		isKnown = a.refreshToken != "" && r.FormValue("grant_type") == "refresh_token" && r.FormValue("client_id") != "" && isEqual(r.FormValue("refresh_token"), a.refreshToken)
		answer["access_token"] = token
	}
	isAnonymous := a.user == "" && r.Header.Get("Authorization") == "" && strings.HasSuffix(scope, ":pull")
	if !isKnown && !isAnonymous {
		http.Error(w, "unknown user", http.StatusUnauthorized)
		return
	}
	a.lock.Lock()
	a.tokens[token] = grant{scope: scope, expires: time.Now().Add(a.tokenLife)}
	a.lock.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// allows tells whether the request's token covers the scope.
func (a *authentication) allows(r *http.Request, scope string) bool {
	if a.isPush(r) {
		return true
	}
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a.lock.Lock()
	defer a.lock.Unlock()
	given, isKnown := a.tokens[token]
	return isBearer && isKnown && given.scope == scope && time.Now().Before(given.expires)
}

// isPush: a test that fills the registry shows the password that the program was started with.
func (a *authentication) isPush(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && a.password != "" && isEqual(r.Header.Get("X-Push"), a.password)
}

func (a *authentication) isUser(r *http.Request) bool {
	user, password, isGiven := r.BasicAuth()
	return isGiven && a.user != "" && a.password != "" && isEqual(user, a.user) && isEqual(password, a.password)
}

func isEqual(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// scopeOf is `repository:<name>:pull` or `:pull,push` of a request to /v2/<name>/<what>/<reference>.
func scopeOf(r *http.Request) string {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
	if len(parts) < 3 {
		return ""
	}
	actions := "pull"
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		actions = "pull,push"
	}
	return "repository:" + strings.Join(parts[:len(parts)-2], "/") + ":" + actions
}

func refuse(w http.ResponseWriter, challenge string) {
	w.Header().Set("WWW-Authenticate", challenge)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(`{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`))
}
