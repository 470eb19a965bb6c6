"""The service's wording of its errors, as data: when the service rewords, this module is the one edit.

Texts marked `_invalid` began with "One or more parameter values" before June 2026; the request validation that the
service has been rolling out since then puts "1 validation error detected: " in front of them.
"""

from __future__ import annotations

from typing import Final

_COUNT: Final = "1 validation error detected: "


def _invalid(text: str) -> str:
    return f"{_COUNT}One or more parameter values were invalid: {text}"


def _not_valid(text: str) -> str:
    return f"{_COUNT}One or more parameter values are not valid. {text}"


# Values
VALUE_EMPTY: Final = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
VALUE_SEVERAL: Final = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)
NULL_FALSE: Final = _invalid("Null attribute value types must have the value of true")
STRING_SET_EMPTY: Final = _invalid("An string set  may not be empty")
NUMBER_SET_EMPTY: Final = _invalid("An number set  may not be empty")
BINARY_SET_EMPTY: Final = _invalid("Binary sets should not be empty")
STRING_SET_DUPLICATES: Final = _invalid("Input collection {} contains duplicates.")
NUMBER_SET_DUPLICATES: Final = "Input collection contains duplicates"
BINARY_SET_DUPLICATES: Final = _invalid("Input collection {}of type BS contains duplicates.")
NESTING: Final = "Nesting Levels have exceeded supported limits"
NUMBER_EMPTY: Final = "The parameter cannot be converted to a numeric value"
NUMBER_SYNTAX: Final = "The parameter cannot be converted to a numeric value: {}"
NUMBER_DIGITS: Final = "Attempting to store more than 38 significant digits in a Number"
NUMBER_OVERFLOW: Final = "Number overflow. Attempting to store a number with magnitude larger than supported range"
NUMBER_UNDERFLOW: Final = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
ITEM_TOO_LARGE: Final = "Item size has exceeded the maximum allowed size"
UPDATED_ITEM_TOO_LARGE: Final = "Item size to update has exceeded the maximum allowed size"

# The JSON itself
NOT_CONVERTIBLE: Final = "{} cannot be converted to {}"
MAP_UNEXPECTED: Final = "Start of structure or map found where not expected"
COLLECTION_UNEXPECTED: Final = "Unrecognized collection type class {}"
FIELD_UNEXPECTED: Final = "Unexpected field type"
NOT_BASE64: Final = "Base64 encoded length is expected a multiple of 4 bytes but found: {}"
BASE64_SYNTAX: Final = "Invalid last non-pad Base64 character dectected"

# Constraints
CONSTRAINTS: Final = "{} validation error{} detected: {}"
CONSTRAINT: Final = "Value '{}' at '{}' failed to satisfy constraint: {}"
NULL_CONSTRAINT: Final = "Value null at '{}' failed to satisfy constraint: Member must not be null"
ONE_OF: Final = "Member must satisfy enum value set: [{}]"
PATTERN: Final = "Member must satisfy regular expression pattern: {}"
AT_LEAST: Final = "Member must have value greater than or equal to {}"
AT_MOST: Final = "Member must have value less than or equal to {}"
LENGTH_AT_LEAST: Final = "Member must have length greater than or equal to {}"
LENGTH_AT_MOST: Final = "Member must have length less than or equal to {}"
ATTRIBUTE_NAME_LENGTH: Final = (
    "Map keys must satisfy constraint: [Member must have length less than or equal to 65535, "
    "Member must have length greater than or equal to 1]"
)
TABLE_NAME: Final = (
    "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, "
    "and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'"
)

# Keys
KEY_SCHEMA: Final = "The provided key element does not match the schema"
KEY_MISSING: Final = _invalid("Missing the key {} in the item")
KEY_TYPE: Final = _invalid("Type mismatch for key {} expected: {} actual: {}")
KEY_EMPTY_STRING: Final = _not_valid(
    "The AttributeValue for a key attribute cannot contain an empty string value. Key: {}"
)
KEY_EMPTY_BINARY: Final = _not_valid(
    "The AttributeValue for a key attribute cannot contain an empty binary value. Key: {}"
)
HASH_KEY_TOO_LARGE: Final = _invalid("Size of hashkey has exceeded the maximum size limit of2048 bytes")
RANGE_KEY_TOO_LARGE: Final = _invalid("Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
INDEX_KEY_TYPE: Final = _invalid("Type mismatch for Index Key {} Expected: {} Actual: {} IndexName: {}")
INDEX_KEY_EMPTY: Final = _not_valid(
    "A value specified for a secondary index key is not supported. The AttributeValue for a key attribute "
    "cannot contain an empty {} value. IndexName: {}, IndexKey: {}"
)
UPDATE_INDEX_KEY_TYPE: Final = "The update expression attempted to update the secondary index key to unsupported type"
UPDATE_INDEX_KEY_EMPTY: Final = _not_valid(
    "The update expression attempted to update a secondary index key to a value that is not supported. "
    "The AttributeValue for a key attribute cannot contain an empty {} value."
)
UPDATE_OF_KEY: Final = _invalid("Cannot update attribute {}. This attribute is part of the key")

# Tables
TABLE_MISSING: Final = "Requested resource not found"
NAMED_TABLE_MISSING: Final = "Requested resource not found: Table: {} not found"
RECOVERY_TABLE_MISSING: Final = "Table not found: {}"
TABLE_EXISTS: Final = "Table already exists: {}"
TABLE_PROTECTED: Final = (
    "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
)
INDEX_BACKFILLING: Final = "Cannot read from backfilling global secondary index: {}"
INDEX_MISSING: Final = "The table does not have the specified index: {}"
KEY_NOT_DEFINED: Final = _invalid(
    "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], AttributeDefinitions: [{}]"
)
ATTRIBUTES_UNUSED: Final = _invalid(
    "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
)
ATTRIBUTES_UNUSED_WITH_INDEXES: Final = _invalid(
    "Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]"
)
DEFINITION_TWICE: Final = _invalid("Duplicate AttributeName in AttributeDefinitions: {}")
FIRST_NOT_HASH: Final = "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
SECOND_NOT_RANGE: Final = "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"
SAME_KEY_TWICE: Final = "Both the Hash Key and the Range Key element in the KeySchema have the same name"
INDEX_NAMES_TWICE: Final = _invalid("Duplicate index name: {}")
INDEXES_TOO_MANY: Final = _invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20")
HASH_AFTER_RANGE: Final = "Invalid KeySchema: All HASH KeySchemaElements must come before the RANGE KeySchemaElements"
KEY_ATTRIBUTES_TOO_MANY: Final = "Invalid KeySchema: The number of {} KeySchemaElements exceeds the limit of {}"
LOCAL_INDEXES_EMPTY: Final = _invalid("List of LocalSecondaryIndexes is empty")
LOCAL_INDEXES_TOO_MANY: Final = _invalid("Number of LocalSecondaryIndexes exceeds per-table limit of 5")
LOCAL_INDEX_WITHOUT_SORT_KEY: Final = _invalid(
    "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
)
LOCAL_INDEX_NO_RANGE: Final = _invalid("Index KeySchema does not have a range key for index: {}")
LOCAL_INDEX_OTHER_HASH: Final = _invalid(
    "Index KeySchema does not have the same leading hash key as table KeySchema for index: {}. "
    "index hash key: {}, table hash key: {}"
)
INDEXES_EMPTY: Final = _invalid("List of GlobalSecondaryIndexes is empty")
PROJECTION_UNKNOWN: Final = _invalid("Unknown ProjectionType: null")
PROJECTION_NOT_INCLUDE: Final = _invalid("ProjectionType is {}, but NonKeyAttributes is specified")
PROJECTION_INCLUDE_EMPTY: Final = _invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
PROJECTION_TWICE: Final = _invalid("Duplicate attribute name in NonKeyAttributes: {}")
PROJECTED_TOO_MANY: Final = _invalid("Total number of non-key attributes in all indexes exceeds the limit of 100")
THROUGHPUT_MISSING: Final = _invalid(
    "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
)
THROUGHPUT_ON_DEMAND: Final = _invalid(
    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
)
THROUGHPUT_BEYOND: Final = "Given value {} for {} is out of bounds"
INDEX_THROUGHPUT_MISSING: Final = _invalid("ProvisionedThroughput must be specified for index: {}")
INDEX_THROUGHPUT_ON_DEMAND: Final = _invalid(
    "ProvisionedThroughput should not be specified for index: {} when BillingMode is PAY_PER_REQUEST"
)
UPDATE_NOTHING: Final = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
    "SSESpecification or ReplicaUpdates is required"
)
INDEX_UPDATE_EMPTY: Final = _invalid(
    "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
    "GlobalSecondaryIndexUpdate.Delete must not be null"
)
INDEX_UPDATE_TWICE: Final = _invalid(
    "Only one global secondary index update per index is allowed simultaneously. Index: {}"
)
INDEX_CHANGES_TOO_MANY: Final = (
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
)
INDEX_EXISTS: Final = "Attempting to create an index which already exists"
DEFINITION_CHANGED: Final = _invalid("Attribute {} is defined as {}, and cannot be redefined as {}")
_SAME_THROUGHPUT: Final = (
    "will not change. The requested value equals the current value. "
    "Current ReadCapacityUnits provisioned for the {what}: {read}. Requested ReadCapacityUnits: {read}. "
    "Current WriteCapacityUnits provisioned for the {what}: {write}. Requested WriteCapacityUnits: {write}. "
    "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
)
TABLE_THROUGHPUT_SAME: Final = f"The provisioned throughput for the table {_SAME_THROUGHPUT}"
INDEX_THROUGHPUT_SAME: Final = f"The provisioned throughput for the index {{index}} {_SAME_THROUGHPUT}"
TAGS_EMPTY: Final = "Atleast one Tag needs to be provided as Input."
TAG_KEYS_EMPTY: Final = "Atleast one Tag Key needs to be provided as Input."
TAGS_TWICE: Final = _invalid("Duplicate tag key: {}")
TAGS_RESERVED: Final = _invalid("Tag keys beginning with aws: are reserved: {}")
TAGS_TOO_MANY: Final = _invalid("Number of tags exceeds the limit of 50 per table")
TAGS_TOKEN: Final = "Invalid NextToken"
RESOURCE_ARN: Final = "Invalid TableArn: Invalid ResourceArn provided as input {}"
RESOURCE_MISSING: Final = "Requested resource not found: ResourcArn: {} not found"
STREAM_VIEW_MISSING: Final = _invalid("StreamViewType must be specified when StreamEnabled is true")
STREAM_VIEW_UNASKED: Final = _invalid("StreamViewType must not be specified when StreamEnabled is false")
STREAM_ENABLED: Final = "Table already has an enabled stream: LatestStreamArn: {}"
STREAM_NONE: Final = "Table has no stream to disable"

# Expressions; {} is the parameter's name where there is one
EXPRESSION: Final = "Invalid {}: {}"
EXPRESSION_EMPTY: Final = "The expression can not be empty;"
EXPRESSION_TOO_LONG: Final = "Expression size has exceeded the maximum allowed size; expression size: {}"
SYNTAX: Final = 'Syntax error; token: "{}", near: "{}"'
RESERVED: Final = "Attribute name is a reserved keyword; reserved keyword: {}"
NAME_UNDEFINED: Final = "An expression attribute name used in the document path is not defined; attribute name: {}"
VALUE_UNDEFINED: Final = "An expression attribute value used in expression is not defined; attribute value: {}"
NAMES_UNUSED: Final = "Value provided in ExpressionAttributeNames unused in expressions: keys: {{{}}}"
VALUES_UNUSED: Final = "Value provided in ExpressionAttributeValues unused in expressions: keys: {{{}}}"
NAMES_WITHOUT_EXPRESSION: Final = "ExpressionAttributeNames can only be specified when using expressions"
VALUES_WITHOUT_EXPRESSION: Final = "ExpressionAttributeValues can only be specified when using expressions: {}"
NAMES_EMPTY: Final = "ExpressionAttributeNames must not be empty"
VALUES_EMPTY: Final = "ExpressionAttributeValues must not be empty"
NAME_KEY: Final = 'ExpressionAttributeNames contains invalid key: Syntax error; key: "{}"'
VALUE_KEY: Final = 'ExpressionAttributeValues contains invalid key: Syntax error; key: "{}"'
NAME_VALUE: Final = "ExpressionAttributeNames contains invalid value: Empty attribute name for key {}"
VALUE_VALUE: Final = "ExpressionAttributeValues contains invalid value: {} for key {}"
NAME_KEY_TOO_LONG: Final = (
    "ExpressionAttributeNames contains invalid key: "
    "The expression attribute map contains a key that is too long; size of key: {}"
)
VALUE_KEY_TOO_LONG: Final = (
    "ExpressionAttributeValues contains invalid key: The expression attribute map contains a key that is too long;"
)
NAME_VALUE_TOO_LONG: Final = (
    "ExpressionAttributeNames contains invalid value: "
    "Attribute name is too large, must be less than 65536 bytes for key {}"
)
NAMES_TOO_LARGE: Final = "ExpressionAttributeNames exceeds max size"
VALUES_TOO_LARGE: Final = "ExpressionAttributeValues exceeds max size"
PATH_TOO_DEEP: Final = "The document path has too many nesting levels; nesting levels: {}"
REDUNDANT_PARENTHESES: Final = "The expression has redundant parentheses;"
FUNCTION_UNKNOWN: Final = "Invalid function name; function: {}"
FUNCTION_NOT_HERE: Final = "The function is not allowed in {} expression; function: {}"
FUNCTION_AS_CONDITION: Final = "The function is not allowed to be used this way in an expression; function: {}"
OPERAND_COUNT: Final = (
    "Incorrect number of operands for operator or function; operator or function: {}, number of operands: {}"
)
OPERAND_TYPE: Final = "Incorrect operand type for operator or function; operator or function: {}, operand type: {}"
UPDATE_OPERAND_TYPE: Final = "Incorrect operand type for operator or function; operator: {}, operand type: {}"
OPERAND_NOT_PATH: Final = "Operator or function requires a document path; operator or function: {}"
OPERANDS_EQUAL: Final = (
    "The first operand must be distinct from the remaining operands for this operator or function; "
    "operator: {}, first operand: {}"
)
TYPE_SET: Final = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
TYPE_NAME: Final = f"Invalid attribute type name found; type: {{}}, valid types: {{{TYPE_SET}}}"
IN_OPERANDS: Final = "The IN operator is provided with too many operands; number of operands: {}"
BETWEEN_ORDER: Final = (
    "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
    "lower bound operand: AttributeValue: {}, upper bound operand: AttributeValue: {}"
)
BETWEEN_TYPES: Final = (
    "The BETWEEN operator requires same data type for lower and upper bounds; "
    "lower bound operand: AttributeValue: {}, upper bound operand: AttributeValue: {}"
)
TOO_MANY_OPERATORS: Final = "The expression contains too many operators; operator count: {}"
NESTED_TOO_DEEP: Final = "The expression is nested too deeply"
LIST_INDEX: Final = "List index is not within the allowable range; index: [{}]"
PATHS_OVERLAP: Final = (
    "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: {}, path two: {}"
)
PATHS_CONFLICT: Final = (
    "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: {}, path two: {}"
)
SECTION_TWICE: Final = 'The "{}" section can only be used once in an update expression;'
ATTRIBUTE_MISSING: Final = "The provided expression refers to an attribute that does not exist in the item"
UPDATE_PATH: Final = "The document path provided in the update expression is invalid for update"
UPDATE_TYPE: Final = "An operand in the update expression has an incorrect data type"

# Queries and scans
KEY_CONDITION_UNSUPPORTED: Final = "Query key condition not supported"
KEY_CONDITION_MISSING: Final = "Query condition missed key schema element: {}"
KEY_CONDITION_TWICE: Final = "KeyConditionExpressions must only contain one condition per key"
KEY_CONDITION_OPERATOR: Final = "Invalid operator used in KeyConditionExpression: {}"
KEY_CONDITION_NESTED: Final = "KeyConditionExpressions cannot contain nested operations"
KEY_CONDITION_PATHS: Final = (
    "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
)
KEY_CONDITION_LENGTH: Final = "Conditions can be of length 1 or 2 only"
KEY_CONDITION_NESTED_PATH: Final = "KeyConditionExpressions cannot have conditions on nested attributes"
KEY_NOT_SCALAR: Final = (
    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: {}: {}"
)
FILTER_NOT_PROJECTED: Final = _invalid("Secondary index {} does not project one or more filter attributes: [{}]")
KEY_CONDITION_TYPE: Final = _invalid("Condition parameter type does not match schema type")
KEY_CONDITION_NONE: Final = (
    "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
)
FILTER_ON_KEY: Final = "Filter Expression can only contain non-primary key attributes: Primary key attribute: {}"
CONSISTENT_ON_INDEX: Final = "Consistent reads are not supported on global secondary indexes"
START_KEY_SCHEMA: Final = "The provided starting key is invalid: The provided key element does not match the schema"
START_KEY_VALUE: Final = "The provided starting key is invalid: {}"
START_KEY_OUTSIDE: Final = "The provided starting key is outside query boundaries based on provided conditions"
START_KEY_RANGE: Final = "The provided starting key does not match the range key predicate"
START_KEY_SEGMENT: Final = (
    "The provided starting key is invalid: Invalid ExclusiveStartKey. "
    "Please use ExclusiveStartKey with correct Segment. TotalSegments: {} Segment: {}"
)
SELECT_SPECIFIC_MISSING: Final = (
    "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
)
SELECT_PROJECTION: Final = "Cannot specify the {} when choosing to get {}"
SELECT_COUNT: Final = "Cannot specify the {} when choosing to get only the Count"
SELECT_ALL_ON_INDEX: Final = _invalid(
    "Select type ALL_ATTRIBUTES is not supported for global secondary index {} because its projection type is not ALL"
)
SELECT_PROJECTED_ON_TABLE: Final = "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
PROJECTION_ON_INDEX: Final = _invalid("Global secondary index {} does not project {}")
SEGMENT_WITHOUT_TOTAL: Final = (
    "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"
)
TOTAL_WITHOUT_SEGMENT: Final = (
    "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"
)
SEGMENT_TOO_LARGE: Final = (
    "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
    "Segment: {} is not less than TotalSegments: {}"
)

# Writes
RETURN_VALUES: Final = "ReturnValues can only be ALL_OLD or NONE"

# Batches and transactions
BATCH_GET_TOO_MANY: Final = "Too many items requested for the BatchGetItem call"
BATCH_WRITE_TOO_MANY: Final = "Too many items requested for the BatchWriteItem call"
BATCH_DUPLICATES: Final = "Provided list of item keys contains duplicates"
TRANSACTION_DUPLICATES: Final = "Transaction request cannot include multiple operations on one item"
TRANSACTION_ONE_KIND: Final = "TransactItems can only contain one of Check, Put, Update or Delete"
TRANSACTION_TOO_LARGE: Final = "Transaction size has exceeded the maximum allowed size"
IDEMPOTENT_MISMATCH: Final = "Request is not idempotent: the token was used before with other parameters"
COLLECTION_TOO_LARGE: Final = "Collection size exceeded."
CONDITION_FAILED: Final = "The conditional request failed"

# Streams
STREAM_MISSING: Final = "Requested resource not found: Stream: {} not found"
STREAM_OF_ITERATOR_MISSING: Final = "Stream does not exist"
SHARD_MISSING: Final = "Shard does not exist"
STREAMS_LIMIT: Final = _invalid("Limit cannot be greater than the maximum allowed size: {}")
SHARDS_LIMIT: Final = _invalid("Limit cannot be greater than the maximum: {}")
RECORDS_LIMIT: Final = _invalid("Limit should be less than or equal to {}")
SEQUENCE_NUMBER_MISSING: Final = _invalid("Invalid SequenceNumber")
SEQUENCE_NUMBER_UNASKED: Final = _invalid("SequenceNumber should not be passed for this iterator type")
SEQUENCE_NUMBER: Final = "Invalid SequenceNumber for the shard"
TIMESTAMP_MISSING: Final = _invalid("Invalid Timestamp")
TIMESTAMP_UNASKED: Final = _invalid("Timestamp should not be passed for this iterator type")
TIMESTAMP_FUTURE: Final = _invalid("Timestamp cannot be in the future")
ITERATOR: Final = "Invalid ShardIterator"
ITERATOR_EXPIRED: Final = (
    "The shard iterator has expired and can no longer be used to retrieve stream records. "
    "A shard iterator expires 15 minutes after it is retrieved using the GetShardIterator action."
)
TRIMMED: Final = "The operation attempted to read past the oldest stream record in a shard."

# PartiQL
STATEMENT_MALFORMED: Final = "Statement wasn't well formed, can't be processed: {}"
STATEMENT_CHARACTER: Final = "Unexpected character {} at position {}"
STATEMENT_TOKEN: Final = "Unexpected token {} at position {}"
STATEMENT_NAME: Final = "A name must not be empty"
STATEMENT_NAME_TWICE: Final = "Duplicate name in a map: {}"
STATEMENT_ITEM: Final = "Expected a map as the item to insert"
STATEMENT_CLAUSE: Final = "Unsupported clause: {}"
STATEMENT_EXISTS: Final = "EXISTS takes a SELECT statement on a table, without ORDER BY"
STATEMENT_ALIAS: Final = "Aliasing is not supported"
STATEMENT_SET: Final = "The elements of a set must be all strings, all numbers or all binary, and there must be one"
STATEMENT_SET_FUNCTION: Final = "{} takes the path that is assigned to, and a set"
STATEMENT_RETURNING: Final = "RETURNING clause of a DELETE statement can only be ALL OLD *"
STATEMENT_RETURNING_TRANSACTION: Final = "RETURNING clause is not supported in a transaction"
STATEMENT_EXISTS_ALONE: Final = "EXISTS is only supported within ExecuteTransaction"
PARAMETER_COUNT: Final = "Number of parameters in request and statement don't match."
WHERE_KEY: Final = "Where clause does not contain a mandatory equality on all key attributes"
ORDER_WHERE: Final = "Must have WHERE clause in the statement when using ORDER BY clause."
ORDER_HASH: Final = "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
ORDER_INDEX: Final = "ORDER BY clause must name the sort key attributes in their order, all in one direction"
ORDER_KEY: Final = "Variable Reference {} in ORDER BY clause must be part of the primary key"
BATCH_SELECT_KEY: Final = (
    "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
)
TRANSACTION_SELECT_KEY: Final = (
    "Select statements within ExecuteTransaction must specify the primary key in the where clause."
)
STATEMENTS_MIXED: Final = "Statements must be all reads or all writes; they cannot be mixed in one request"
DUPLICATE_ITEM: Final = "Duplicate primary key exists in table"
NEXT_TOKEN_INVALID: Final = "Invalid NextToken"
NEXT_TOKEN_FOREIGN: Final = "NextToken does not match request"

# Settings
TTL_ENABLED: Final = "TimeToLive is already enabled"
TTL_DISABLED: Final = "TimeToLive is already disabled"
TTL_OTHER: Final = "TimeToLive is active on a different AttributeName: current AttributeName is {}"

# Legacy parameters
LEGACY_MIXED: Final = (
    "Can not use both expression and non-expression parameters in the same request: "
    "Non-expression parameters: {{{}}} Expression parameters: {{{}}}"
)
LEGACY_OPERATOR_ALONE: Final = "ConditionalOperator cannot be used without Filter or Expected"
LEGACY_OPERATOR_LONE: Final = "ConditionalOperator can only be used when Filter or Expected has two or more elements"
LEGACY_ARGUMENTS: Final = _invalid("Invalid number of argument(s) for the {} ComparisonOperator")
LEGACY_TYPES_DIFFER: Final = _invalid("AttributeValues inside AttributeValueList must be of same type")
LEGACY_TYPE: Final = _invalid("ComparisonOperator {} is not valid for {} AttributeValue type")
LEGACY_BETWEEN: Final = (
    "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
)
LEGACY_NAME_EMPTY: Final = "Empty attribute name"
LEGACY_NAME_TWICE: Final = _invalid("Duplicate value in attribute name: {}")
LEGACY_NOT_INDEXABLE: Final = "Attempted conditional constraint is not an indexable operation"
LEGACY_FILTER_ON_KEY: Final = "QueryFilter can only contain non-primary key attributes: Primary key attribute: {}"
LEGACY_ONLY_DELETE: Final = _invalid("Only DELETE action is allowed when no attribute value is specified")
LEGACY_DELETE_TYPE: Final = _invalid("DELETE action with value is not supported for the type {}")
LEGACY_ADD_TYPE: Final = _invalid("ADD action is not supported for the type {}")
LEGACY_UPDATE_TYPE: Final = "Type mismatch for attribute to update"
EXPECTED_VALUE_TWICE: Final = _invalid("Value and AttributeValueList cannot be used together for Attribute: {}")
EXPECTED_EXISTS_COMPARED: Final = _invalid("Exists and ComparisonOperator cannot be used together for Attribute: {}")
EXPECTED_ARGUMENTS_MISSING: Final = _invalid(
    "Value or AttributeValueList must be used with ComparisonOperator: {} for Attribute: {}"
)
EXPECTED_LIST_ALONE: Final = _invalid("AttributeValueList can only be used with a ComparisonOperator for Attribute: {}")
EXPECTED_VALUE_MISSING: Final = _invalid("Value must be provided when Exists is {} for Attribute: {}")
EXPECTED_VALUE_OF_NOTHING: Final = _invalid("Value cannot be used when Exists is false for Attribute: {}")

# What this engine does not speak (yet)
PARAMETER_UNSUPPORTED: Final = "The parameter {} is not supported by the embedded engine"
OPERATION_UNSUPPORTED: Final = "The operation {} is not supported by the embedded engine"

# Signatures (IAM guide, "Troubleshoot signed requests for AWS APIs")
TOKEN_MISSING: Final = "Request is missing Authentication Token"
TOKEN_INVALID: Final = "The security token included in the request is invalid."
SIGNED_TWICE: Final = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
SIGNATURE_PART: Final = "Authorization header requires '{}' parameter. "
SIGNATURE_DATE: Final = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
SIGNATURE_HASHED: Final = "(Hashed with SHA-256 and encoded with Base64) Authorization={}"
SIGNATURE_WRONG: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
SIGNATURE_EXPIRED: Final = "Signature expired: {} is now earlier than {} ({} - 15 min.)"
SIGNATURE_EARLY: Final = "Signature not yet current: {} is still later than {} ({} + 15 min.)"
HEADER_UNSIGNED: Final = "'{}' must be a 'SignedHeader' in the AWS Authorization."
DATE_FORM: Final = "Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601"
ALGORITHM: Final = "Unsupported AWS 'algorithm': '{}' (only AWS4-HMAC-SHA256 for now). "
CREDENTIAL_FORM: Final = (
    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{}'"
)
SCOPE_SERVICE: Final = "Credential should be scoped to correct service: '{}'. "
SCOPE_TERMINATOR: Final = "Credential should be scoped with a valid terminator: '{}', not '{}'. "
SCOPE_DATE: Final = (
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
    "'{}' != '{}', from '{}'. "
)
