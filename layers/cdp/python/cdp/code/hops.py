"""The loop guard of customers' functions: requests that a function makes of the platform say which one, and how many
functions in a row led to it. Names of headers as API Gateway hands them over, in small letters."""

SOURCE_HEADER = "x-source-function"
HOPS_HEADER = "x-function-hops"
MOST_HOPS = 5
