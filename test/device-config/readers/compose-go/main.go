// Reads environment files as Docker Compose does and prints what it saw, one JSON object a file.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

func main() {
	out := json.NewEncoder(os.Stdout)
	for _, file := range os.Args[1:] {
		values, err := dotenv.Read(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, file, err)
			os.Exit(1)
		}
		if err := out.Encode(values); err != nil {
			panic(err)
		}
	}
}
