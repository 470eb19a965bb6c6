// The JavaScript SDK v3 as its users use it; ends with 0 when everything was as it should be. Argument: the endpoint.
const assert = require("node:assert/strict");
const { DynamoDBClient, CreateTableCommand, DeleteTableCommand, waitUntilTableExists, paginateScan,
  ResourceNotFoundException } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, PutCommand, GetCommand, UpdateCommand, QueryCommand, BatchWriteCommand,
  TransactWriteCommand, paginateQuery } = require("@aws-sdk/lib-dynamodb");

const TableName = "javascript";

async function main(endpoint) {
  const client = new DynamoDBClient({
    endpoint, region: "eu-west-1", credentials: { accessKeyId: "key", secretAccessKey: "secret" }, maxAttempts: 1,
  });
  const documents = DynamoDBDocumentClient.from(client);
  await client.send(new CreateTableCommand({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }],
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" }, { AttributeName: "sk", AttributeType: "N" },
    ],
  }));
  await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName });

  const item = {
    pk: "a", sk: 1, text: "é🙂", list: [1, "two", null], map: { yes: true }, set: new Set(["x", "y"]),
    bytes: new Uint8Array([0, 255]),
  };
  const put = await documents.send(new PutCommand({ TableName, Item: item }));
  assert.equal(put.$metadata.httpStatusCode, 200);
  assert.equal(put.$metadata.requestId.length, 52);
  const got = await documents.send(new GetCommand({ TableName, Key: { pk: "a", sk: 1 } }));
  assert.deepEqual(got.Item, item);

  await assert.rejects(
    documents.send(new PutCommand({ TableName, Item: item, ConditionExpression: "attribute_not_exists(pk)" })),
    { name: "ConditionalCheckFailedException", message: "The conditional request failed" },
  );
  const updated = await documents.send(new UpdateCommand({
    TableName, Key: { pk: "a", sk: 1 }, UpdateExpression: "ADD n :n", ExpressionAttributeValues: { ":n": 2 },
    ReturnValues: "UPDATED_NEW",
  }));
  assert.deepEqual(updated.Attributes, { n: 2 });

  await documents.send(new BatchWriteCommand({
    RequestItems: { [TableName]: Array.from({ length: 25 }, (_, n) => ({ PutRequest: { Item: { pk: "b", sk: n } } })) },
  }));
  const query = {
    TableName, KeyConditionExpression: "pk = :p AND sk > :s", ExpressionAttributeValues: { ":p": "b", ":s": 4 },
  };
  assert.equal((await documents.send(new QueryCommand(query))).Count, 20);
  const sizes = [];
  for await (const page of paginateQuery({ client: documents, pageSize: 8 }, query)) sizes.push(page.Items.length);
  assert.deepEqual(sizes, [8, 8, 4]);
  let scanned = 0;
  for await (const page of paginateScan({ client, pageSize: 10 }, { TableName })) scanned += page.Count;
  assert.equal(scanned, 26);

  await assert.rejects(
    documents.send(new TransactWriteCommand({ TransactItems: [
      { Put: { TableName, Item: { pk: "c", sk: 1 } } },
      { ConditionCheck: { TableName, Key: { pk: "a", sk: 1 }, ConditionExpression: "n > :n",
        ExpressionAttributeValues: { ":n": 5 } } },
    ] })),
    (error) => {
      assert.equal(error.name, "TransactionCanceledException");
      assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed"]);
      return true;
    },
  );
  await client.send(new DeleteTableCommand({ TableName }));
  await assert.rejects(client.send(new DeleteTableCommand({ TableName })), ResourceNotFoundException);
  client.destroy();
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exit(1);
});
