"""The endpoint: the Thrift dialect of Databricks SQL over HTTPS, on this machine only."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import TCLIService, ttypes
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TTransport import TMemoryBuffer

from dbx_local.connection import HOST, HTTP_PATH
from dbx_local.errors import DbxLocalError, StatementError
from dbx_local.results import arrow_batches, schema_bytes, text_table, thrift_schema

if TYPE_CHECKING:
    from dbx_local.certificate import Certificate
    from dbx_local.sessions import Warehouse

log = logging.getLogger("dbx_local")

PROTOCOL = ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V7
ANSWER_WITHIN = 5.0  # seconds until a client is told to ask again
_SUCCESS = ttypes.TStatus(statusCode=ttypes.TStatusCode.SUCCESS_STATUS)


class Operation:
    """A statement that was started: running, failed, or with its result."""

    def __init__(self, session_id: bytes, result: Future[pa.Table]) -> None:
        guid = uuid4().bytes
        self.session_id = session_id
        self.result = result
        self.fetched = False
        self.handle = ttypes.TOperationHandle(
            operationId=ttypes.THandleIdentifier(guid=guid, secret=guid),
            operationType=ttypes.TOperationType.EXECUTE_STATEMENT,
            hasResultSet=True,
        )

    def status(self, wait: float) -> ttypes.TGetOperationStatusResp:
        """How the statement stands after at most `wait` seconds."""
        state = ttypes.TOperationState.FINISHED_STATE
        message = None
        try:
            self.result.result(timeout=wait)
        except FutureTimeoutError:
            state = ttypes.TOperationState.RUNNING_STATE
        except BaseException as error:  # whatever it was, the client is told
            state = ttypes.TOperationState.ERROR_STATE
            message = str(error) or type(error).__name__
        return ttypes.TGetOperationStatusResp(
            status=_SUCCESS,
            operationState=state,
            errorMessage=message,
            displayMessage=message,
            hasResultSet=True,
        )


class Service:
    """The Thrift calls that the connector makes."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self._operations: dict[bytes, Operation] = {}
        self._lock = threading.Lock()

    # The names of the methods are Thrift's.

    def OpenSession(self, req: Any) -> Any:  # noqa: N802
        """Open a session in the namespace the client asks for."""
        namespace = req.initialNamespace
        schema = namespace.schemaName if namespace else None
        session_id = self.warehouse.open_session(schema)
        return ttypes.TOpenSessionResp(
            status=_SUCCESS,
            serverProtocolVersion=PROTOCOL,
            sessionHandle=ttypes.TSessionHandle(
                sessionId=ttypes.THandleIdentifier(guid=session_id, secret=session_id),
                serverProtocolVersion=PROTOCOL,
            ),
            configuration={},
            initialNamespace=namespace,
            canUseMultipleCatalogs=True,
        )

    def CloseSession(self, req: Any) -> Any:  # noqa: N802
        """Close a session and drop its statements."""
        session_id = req.sessionHandle.sessionId.guid
        self.warehouse.close_session(session_id)
        with self._lock:
            self._operations = {
                guid: operation
                for guid, operation in self._operations.items()
                if operation.session_id != session_id
            }
        return ttypes.TCloseSessionResp(status=_SUCCESS)

    def ExecuteStatement(self, req: Any) -> Any:  # noqa: N802
        """Start a statement, and answer with its result if that comes soon."""
        session_id = req.sessionHandle.sessionId.guid
        try:
            if req.parameters:
                raise StatementError(
                    "[UNSUPPORTED_FEATURE] The local warehouse takes no query parameters."
                )
            result = self.warehouse.session(session_id).submit(req.statement)
        except StatementError as error:
            failed, text = ttypes.TStatusCode.ERROR_STATUS, str(error)
            status = ttypes.TStatus(statusCode=failed, errorMessage=text, displayMessage=text)
            return ttypes.TExecuteStatementResp(status=status)
        return self._started(session_id, result)

    def _started(self, session_id: bytes, result: Future[pa.Table]) -> Any:
        operation = Operation(session_id, result)
        status = operation.status(wait=ANSWER_WITHIN)
        direct = ttypes.TSparkDirectResults(operationStatus=status)
        if status.operationState == ttypes.TOperationState.FINISHED_STATE:
            direct.resultSetMetadata = _metadata(operation.result.result())
            direct.resultSet = _rows(operation.result.result())
            direct.closeOperation = ttypes.TCloseOperationResp(status=_SUCCESS)
        else:
            with self._lock:
                self._operations[operation.handle.operationId.guid] = operation
        return ttypes.TExecuteStatementResp(
            status=_SUCCESS, operationHandle=operation.handle, directResults=direct
        )

    def _operation(self, req: Any) -> Operation:
        with self._lock:
            return self._operations[req.operationHandle.operationId.guid]

    def GetOperationStatus(self, req: Any) -> Any:  # noqa: N802
        """How a statement stands; the answer waits a little for it to finish."""
        return self._operation(req).status(wait=ANSWER_WITHIN)

    def GetResultSetMetadata(self, req: Any) -> Any:  # noqa: N802
        """The columns of a result."""
        return _metadata(self._operation(req).result.result())

    def FetchResults(self, req: Any) -> Any:  # noqa: N802
        """All rows of a result at once."""
        operation = self._operation(req)
        table = operation.result.result()
        if operation.fetched:
            table = table.slice(0, 0)
        operation.fetched = True
        answer = _rows(table)
        answer.resultSetMetadata = _metadata(table)
        return answer

    def CancelOperation(self, req: Any) -> Any:  # noqa: N802
        """Stop a statement."""
        self.warehouse.session(self._operation(req).session_id).cancel()
        return ttypes.TCancelOperationResp(status=_SUCCESS)

    def CloseOperation(self, req: Any) -> Any:  # noqa: N802
        """Forget a statement."""
        with self._lock:
            self._operations.pop(req.operationHandle.operationId.guid, None)
        return ttypes.TCloseOperationResp(status=_SUCCESS)

    def GetCatalogs(self, req: Any) -> Any:  # noqa: N802
        """The one catalog."""
        return self._listed(req, ["TABLE_CAT"], [[self.warehouse.catalog.name]])

    def GetSchemas(self, req: Any) -> Any:  # noqa: N802
        """The schemas whose names match."""
        catalog = self.warehouse.catalog
        rows = [[name, catalog.name] for name in catalog.schemas(self.warehouse.spark)]
        return self._listed(req, ["TABLE_SCHEM", "TABLE_CATALOG"], rows)

    def GetTables(self, req: Any) -> Any:  # noqa: N802
        """The tables of a schema."""
        catalog = self.warehouse.catalog
        header = ["TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS"]
        schemas = [req.schemaName] if req.schemaName and "%" not in req.schemaName else []
        rows = [
            [
                *(catalog.name, found.schema, found.name),
                *("VIEW" if "VIEW" in found.kind else "TABLE", found.comment),
            ]
            for found in catalog.relations(self.warehouse.spark, schemas)
        ]
        return self._listed(req, header, rows)

    def _listed(self, req: Any, header: list[str], rows: Sequence[Sequence[str | None]]) -> Any:
        result: Future[pa.Table] = Future()
        result.set_result(text_table(header, rows))
        return self._started(req.sessionHandle.sessionId.guid, result)

    def __getattr__(self, name: str) -> Any:
        """Refuse any other call, by name."""
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotImplementedError(f"The local warehouse has no Thrift call {name}.")


def _metadata(table: pa.Table) -> ttypes.TGetResultSetMetadataResp:
    return ttypes.TGetResultSetMetadataResp(
        status=_SUCCESS,
        schema=thrift_schema(table.schema),
        resultFormat=ttypes.TSparkRowSetType.ARROW_BASED_SET,
        lz4Compressed=False,
        arrowSchema=schema_bytes(table.schema),
        isStagingOperation=False,
    )


def _rows(table: pa.Table) -> ttypes.TFetchResultsResp:
    return ttypes.TFetchResultsResp(
        status=_SUCCESS,
        hasMoreRows=False,
        results=ttypes.TRowSet(startRowOffset=0, rows=[], arrowBatches=arrow_batches(table)),
    )


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client; Thrift comes by POST, discovery by GET."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Endpoint

    def setup(self) -> None:
        """Finish the TLS handshake in the thread of the connection."""
        cast("ssl.SSLSocket", self.request).do_handshake()
        super().setup()

    def do_GET(self) -> None:
        """Answer what the SDK asks a host before anything else."""
        if self.path.startswith("/.well-known/databricks-config"):
            base = f"https://{HOST}:{self.server.port}"
            found = {"host_type": "workspace", "oidc_endpoint": f"{base}/oidc"}
            self._answer(200, json.dumps(found).encode(), "application/json")
        else:
            self._answer(404, b'{"error_code": "ENDPOINT_NOT_FOUND"}', "application/json")

    def do_POST(self) -> None:
        """Answer a Thrift call."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.split("?")[0] != HTTP_PATH:
            self._answer(404, b'{"error_code": "ENDPOINT_NOT_FOUND"}', "application/json")
            return
        answer = TMemoryBuffer()
        processor = TCLIService.Processor(self.server.service)
        processor.process(TBinaryProtocol(TMemoryBuffer(body)), TBinaryProtocol(answer))
        self._answer(200, answer.getvalue(), "application/x-thrift")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are logged for those who want to see them."""
        log.debug(format, *args)


class Endpoint(ThreadingHTTPServer):
    """The HTTPS server around the Thrift service; as a context, it closes at the end."""

    daemon_threads = True
    request_queue_size = 64
    service: Service

    def __init__(self, port: int, certificate: Certificate) -> None:
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise DbxLocalError(
                f"Port {port} cannot be used: {error.strerror}.",
                "Stop what listens there, or choose another one (--port; 0 for any free one).",
                exit_code=2,
            ) from error
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )

    def serve(self, warehouse: Warehouse) -> None:
        """Answer clients, in threads of their own."""
        self.service = Service(warehouse)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours."""
        log.debug("connection of %s ended", client_address, exc_info=True)
