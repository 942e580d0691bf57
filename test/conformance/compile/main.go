// Program compile compiles the conformance cases that OPA's own module carries, as OPA's tests of its WASM compiler do, and
// writes one record per case to standard output: a line of JSON, then as many bytes of WASM as the line says.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/test/cases"
	"github.com/open-policy-agent/opa/v1/test/cases/testdata"
	"github.com/open-policy-agent/opa/v1/types"
	"github.com/open-policy-agent/opa/v1/util"
)

// header is what the runner reads of a case.
type header struct {
	Category            string  `json:"category"`
	File                string  `json:"file"`
	Note                string  `json:"note"`
	Input               *string `json:"input,omitempty"`      // a Rego term; JSON is one
	Data                string  `json:"data,omitempty"`       // JSON in a string, as its numbers may be longer than the reader's
	WantResult          string  `json:"wantResult,omitempty"` // likewise
	WantDefined         *bool   `json:"wantDefined,omitempty"`
	WantErrorCode       *string `json:"wantErrorCode,omitempty"`
	WantError           *string `json:"wantError,omitempty"`
	StrictError         bool    `json:"strictError"`
	SortBindings        bool    `json:"sortBindings"`
	IgnoreGeneratedVars bool    `json:"ignoreGeneratedVars"`
	CompileError        string  `json:"compileError,omitempty"`
	WasmBytes           int     `json:"wasmBytes"`
}

type record struct {
	line []byte
	wasm []byte
}

// The arguments are categories, the folders of the case files; none means all.
func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(categories []string) error {
	all, err := read(categories)
	if err != nil {
		return err
	}
	// One case of the corpus calls a builtin of OPA's own tests; it must only be known here.
	rego.RegisterBuiltin1(&rego.Function{Name: "test.sleep", Decl: types.NewFunction(types.Args(types.S), types.NewNull())},
		func(rego.BuiltinContext, *ast.Term) (*ast.Term, error) { return ast.NullTerm(), nil })

	pending := make(chan cases.TestCase)
	// A full channel stops the compilation while the reader is behind, so that modules do not pile up.
	done := make(chan record, 4)
	go func() {
		for _, tc := range all {
			pending <- tc
		}
		close(pending)
	}()
	var compiling sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		compiling.Go(func() {
			for tc := range pending {
				done <- compile(tc)
			}
		})
	}
	go func() {
		compiling.Wait()
		close(done)
	}()
	return write(done)
}

func write(done <-chan record) error {
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	for r := range done {
		for _, part := range [][]byte{r.line, {'\n'}, r.wasm} {
			if _, err := out.Write(part); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

func read(categories []string) ([]cases.TestCase, error) {
	var all []cases.TestCase
	err := fs.WalkDir(testdata.V1, "v1", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if len(categories) > 0 && !slices.Contains(categories, path.Base(path.Dir(name))) {
			return nil
		}
		text, err := testdata.V1.ReadFile(name)
		if err != nil {
			return err
		}
		var set cases.Set
		if err := util.Unmarshal(text, &set); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, tc := range set.Cases {
			tc.Filename = name
			all = append(all, tc)
		}
		return nil
	})
	return all, err
}

func compile(tc cases.TestCase) record {
	h := header{
		Category: path.Base(path.Dir(tc.Filename)), File: strings.TrimPrefix(tc.Filename, "v1/"), Note: tc.Note, WantDefined: tc.WantDefined, WantErrorCode: tc.WantErrorCode, WantError: tc.WantError,
		StrictError: tc.StrictError, SortBindings: tc.SortBindings, IgnoreGeneratedVars: tc.IgnoreGeneratedVars,
	}
	if tc.Data != nil {
		h.Data = marshal(*tc.Data)
	}
	if tc.WantResult != nil {
		h.WantResult = marshal(*tc.WantResult)
	}
	wasm, err := compileWasm(tc)
	if err == nil {
		h.Input, err = input(tc)
	}
	if err == nil && len(tc.Env) > 0 {
		err = fmt.Errorf("the case wants environment variables")
	}
	if err != nil {
		h.CompileError = err.Error()
		wasm = nil
	}
	h.WasmBytes = len(wasm)
	return record{[]byte(marshal(h)), wasm}
}

func marshal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // everything in it was read from YAML
	}
	return string(text)
}

func compileWasm(tc cases.TestCase) ([]byte, error) {
	capabilities := ast.CapabilitiesForThisVersion(ast.CapabilitiesExperimentalKeywords(tc.ExperimentalKeywords))
	options := []func(*rego.Rego){rego.Query(tc.Query), rego.SetRegoVersion(ast.RegoV1), rego.Capabilities(capabilities)}
	for i, module := range tc.Modules {
		options = append(options, rego.Module(fmt.Sprintf("module-%d.rego", i), module))
	}
	result, err := rego.New(options...).Compile(context.Background())
	if err != nil {
		return nil, err
	}
	return result.Bytes, nil
}

func input(tc cases.TestCase) (*string, error) {
	if tc.InputTerm != nil {
		term, err := ast.ParseTerm(*tc.InputTerm)
		if err != nil {
			return nil, err
		}
		text := term.String()
		return &text, nil
	}
	if tc.Input == nil {
		return nil, nil
	}
	return new(marshal(*tc.Input)), nil
}
