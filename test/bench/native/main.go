// Times OPA's own evaluator on a prepared query, from JSON text to JSON text: what the benchmark sets ours beside.
// It reads one request a line on its standard input and writes one answer a line.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// The modules come with the first request and stay.
type request struct {
	Modules  map[string]string `json:"modules"`
	Query    string            `json:"query"`
	Document string            `json:"document"`
	ForMs    int               `json:"forMs"`
}

type answer struct {
	Us     float64         `json:"us,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	var prepared *rego.PreparedEvalQuery
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		result, err := handle(line, &prepared)
		if err != nil {
			result = answer{Error: err.Error()}
		}
		if err := out.Encode(result); err != nil {
			return
		}
	}
}

func handle(line []byte, prepared **rego.PreparedEvalQuery) (answer, error) {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{}, err
	}
	if asked.Modules != nil {
		options := []func(*rego.Rego){rego.Query(asked.Query)}
		for name, text := range asked.Modules {
			options = append(options, rego.Module(name, text))
		}
		query, err := rego.New(options...).PrepareForEval(context.Background())
		if err != nil {
			return answer{}, err
		}
		*prepared = &query
		return answer{}, nil
	}
	if *prepared == nil {
		return answer{}, fmt.Errorf("nothing is prepared")
	}
	return measure(*prepared, []byte(asked.Document), time.Duration(asked.ForMs)*time.Millisecond)
}

// measure warms up for half the time and then counts.
func measure(query *rego.PreparedEvalQuery, document []byte, length time.Duration) (answer, error) {
	var result []byte
	var err error
	for end := time.Now().Add(length / 2); time.Now().Before(end); {
		if result, err = evaluate(query, document); err != nil {
			return answer{}, err
		}
	}
	count := 0
	start := time.Now()
	for time.Since(start) < length {
		if result, err = evaluate(query, document); err != nil {
			return answer{}, err
		}
		count++
	}
	return answer{Us: float64(time.Since(start).Microseconds()) / float64(count), Result: result}, nil
}

// evaluate reads the document straight into OPA's own values, which is its fastest way.
func evaluate(query *rego.PreparedEvalQuery, document []byte) ([]byte, error) {
	input, err := ast.ValueFromReader(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	results, err := query.Eval(context.Background(), rego.EvalParsedInput(input))
	if err != nil {
		return nil, err
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, fmt.Errorf("the query has no result")
	}
	return json.Marshal(results[0].Expressions[0].Value)
}
